import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { configFileSizeBytesMax, parseConfigFile } from './config-file.ts'
import { settings } from './settings.ts'

const read = (text: string) =>
  Object.fromEntries([...parseConfigFile('trivet.yaml', text)].map(([name, { value }]) => [name, value]))

test('settings are read as they are written, whatever YAML makes of them', () => {
  const text = 'name: a\ncluster-token: 0123\nlog-level: "debug"\nnode-url: http://boot:7402/x\n'
  expect(read(text)).toEqual({
    name: 'a',
    'cluster-token': '0123',
    'log-level': 'debug',
    'node-url': 'http://boot:7402/x',
  })
})

test.for([['1e3'], ['0x10'], ['true'], ['1_000'], ['12345678901234567890'], ['.5']] as const)(
  'a token %s stays what was typed',
  ([token]) => {
    expect(read(`cluster-token: ${token}`)).toEqual({ 'cluster-token': token })
  },
)

test('a list may be written as one', () => {
  const expected = { 'bmc-networks': '10.0.0.0/8,fd00::/8' }
  expect(read('bmc-networks: [10.0.0.0/8, "fd00::/8"]')).toEqual(expected)
  expect(read('bmc-networks: 10.0.0.0/8,fd00::/8')).toEqual(expected)
  expect(read('bmc-networks:\n  - 10.0.0.0/8\n  - fd00::/8\n')).toEqual(expected)
})

test.for(['', '\n', '# nothing\n', '---\n', '{}', 'null'])('%j holds no settings', (text) => {
  expect(read(text)).toEqual({})
})

test('a setting remembers where it stood', () => {
  expect(parseConfigFile('f.yaml', 'name: a\n\napi-listen: x\n').get('api-listen')?.origin).toBe('f.yaml:3:1')
})

test.for([
  ['name: a\nnmae: b\n', '2:1: unknown setting "nmae"'],
  [
    'name: a\n  data-dir: b\n',
    '1:7: a second "key: value" begins inside a value; quote the value, or indent the next line like this key',
  ],
  ['name: a\nname: b\n', '2:1: this key stands there twice; keep one'],
  ['config: other.yaml\n', '1:1: a configuration file cannot name another'],
  ['- a\n- b\n', '1:1: a map of settings is expected'],
  ['just text', '1:1: a map of settings is expected'],
  ['name: [a, b]\n', '1:7: name takes text'],
  ['name: {a: b}\n', '1:7: name takes text'],
  ['name: ~\n', '1:7: name takes text'],
  ['name:\n', '1:6: name takes text'],
  ['bmc-networks: [10.0.0.0/8, [a]]\n', '1:15: bmc-networks takes text or a list of text'],
  ['name: &x a\ncluster-token: *x\n', '2:16: cluster-token takes text'],
  ['? [a]\n: b\n', '1:3: unknown setting ""'],
  ['\tname: a\n', '1:1: a tab cannot indent YAML; use spaces'],
  ['name: a\n---\nname: b\n', '2:1: a second document begins here; one is taken'],
  ['name: "a\n', '2:1: a quote was opened above and is never closed; close it'],
  ['name: !secret a\n', '1:7: this tag is not known; leave it out, or quote the value if the ! belongs to it'],
] as const)('%j is refused with file, line and column', ([text, reason]) => {
  const expected = typeof reason === 'string' ? `trivet.yaml:${reason}` : reason
  expect(() => parseConfigFile('trivet.yaml', text)).toThrow(expected)
  expect(() => parseConfigFile('trivet.yaml', text)).toThrow(/^trivet\.yaml:/)
})

test('a file that is too large is not looked into', () => {
  const text = `name: a #${'x'.repeat(configFileSizeBytesMax)}`
  expect(() => parseConfigFile('big.yaml', text)).toThrow(`big.yaml: larger than ${configFileSizeBytesMax} bytes`)
})

test('whatever a file holds, it is settings or CONFIG_INVALID', () => {
  const word = fc.constantFrom(
    ...settings.map(({ name }) => name),
    'a',
    '*x',
    '&x b',
    '{',
    '[',
    '- ',
    '<<',
    '!!binary',
    '~',
  )
  const line = fc
    .tuple(fc.constantFrom('', ' ', '\t'), word, fc.constantFrom(': ', ':', ' '), word)
    .map((parts) => parts.join(''))
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(line).map((lines) => lines.join('\n')),
  )
  fc.assert(
    fc.property(text, (given) => {
      try {
        return [...parseConfigFile('f', given).values()].every(({ value }) => typeof value === 'string')
      } catch (error) {
        return isTrivetError(error, 'CONFIG_INVALID')
      }
    }),
    { numRuns: 2_000 },
  )
})
