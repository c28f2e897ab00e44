import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError, type TrivetError } from '../lib/errors.ts'
import { readElements, type ElementFile } from './element-file.ts'
import { field } from './testing/tables.ts'

const bmcs = field({
  path: 'bmcs',
  kind: 'message',
  source: 'file',
  elements: [
    field({ path: 'xname' }),
    field({ path: 'address' }),
    field({ path: 'description' }),
    field({ path: 'port', kind: 'uint32' }),
  ],
})

function read(text: string, name = 'bmcs.yaml'): ElementFile {
  return readElements(bmcs, { name, text })
}

/** What the error says: its message, then a line for each violation. */
function refusal(text: string, name?: string): string[] {
  try {
    read(text, name)
  } catch (error) {
    expect(isTrivetError(error, 'IMPORT_REFUSED')).toBe(true)
    const { message, violations } = error as TrivetError
    return [message, ...violations.map((each) => `${each.field}: ${each.description}`)]
  }
  return ['it was taken']
}

const two = [
  { xname: 'x1000c0s0b0', address: '10.1.0.1' },
  { xname: 'x1000c0s1b0', address: '[fd00::1]:8443', port: '443' },
]

test.for([
  [
    'a list',
    '- xname: x1000c0s0b0\n  address: 10.1.0.1\n- {xname: x1000c0s1b0, address: "[fd00::1]:8443", port: 443}\n',
  ],
  [
    'the key',
    'bmcs:\n- xname: x1000c0s0b0\n  address: 10.1.0.1\n- xname: x1000c0s1b0\n  address: "[fd00::1]:8443"\n  port: 443',
  ],
  ['JSON', JSON.stringify({ bmcs: [two[0], { ...two[1], port: 443 }] }, undefined, '\t')],
])('%s is read', ([, text]) => {
  expect(read(text!).elements).toEqual(two)
})

test('a text stays what was written, also when YAML would see a number in it', () => {
  expect(read('- description: 1.10\n  address: 0x1F\n  xname: yes\n').elements).toEqual([
    { description: '1.10', address: '0x1F', xname: 'yes' },
  ])
})

test('a tab is named with its line, and nothing that only follows from it', () => {
  const entries = Array.from({ length: 40 }, (_, at) => `- xname: x1000c0s${at}b0\n  address: 10.1.0.${at}\n`)
  entries[3] = '- xname: x1000c0s3b0\n\taddress: 10.1.0.3\n'
  expect(refusal(`bmcs:\n${entries.join('')}`)).toEqual([
    '0 of 40 imported: bmcs.yaml has a mistake',
    'bmcs.yaml:9:1: a tab cannot indent YAML; use spaces',
  ])
})

test('every unknown key is named, with the one that was meant', () => {
  expect(refusal('bmcs:\n  - xname: a\n    adress: b\n  - xnam: a\n    vendor: c\nother: 1\n')).toEqual([
    '0 of 2 imported: bmcs.yaml has 4 mistakes',
    'bmcs.yaml:6:1: there is no key "other" here; bmcs can stand here',
    'bmcs.yaml:3:5: there is no key "adress" here; did you mean address?',
    'bmcs.yaml:4:5: there is no key "xnam" here; did you mean xname?',
    'bmcs.yaml:5:5: there is no key "vendor" here; xname, address, description, port can stand here',
  ])
})

test.for<[string, string, string]>([
  ['a doubled key', '- xname: a\n  xname: b\n', '2:3: this key stands there twice; keep one'],
  ['a quote left open', '- xname: "a\n  address: b\n', '3:1: a quote was opened above and is never closed; close it'],
  [
    'a line that is indented too far',
    '- xname: a\n    address: b\n',
    '1:10: a second "key: value" begins inside a value; quote the value, or indent the next line like this key',
  ],
  [
    'a key without a colon',
    '- xname a\n  address: b\n',
    '1:3: a key needs its colon, and a blank behind that, on the same line: "key: value"',
  ],
  [
    'a tag that nobody knows',
    '- xname: !rack a\n',
    '1:10: this tag is not known; leave it out, or quote the value if the ! belongs to it',
  ],
  ['a value of another kind', '- xname: [a]\n', '1:10: xname takes one plain value'],
  ['a key without a value', '- xname:\n  address: b\n', "1:3: xname has no value; leave the key out, or write ''"],
  ['a number that is none', '- port: many\n', '1:9: port: "many" is not a whole number'],
  ['an alias', '- xname: &a b\n- xname: *a\n', '2:10: xname takes one plain value'],
  ['a tag', '- xname: !!binary YQ==\n', '1:19: xname takes one plain value'],
  [
    'an entry that is no map',
    '- x1000c0s0b0\n',
    '1:3: an entry with the keys xname, address, description, port is expected',
  ],
  ['a second document', '- xname: a\n---\n- xname: b\n', '2:1: a second document begins here; one is taken'],
  ['an empty file', '', '1:1: a list is expected, or the key bmcs with a list'],
  ['a text', 'hello', '1:1: a list is expected, or the key bmcs with a list'],
  ['an empty list', 'bmcs: []', '1:1: the list is empty'],
])('%s is refused with its place', ([, text, place]) => {
  expect(refusal(text)[1]).toBe(`bmcs.yaml:${place}`)
})

test('whatever is not YAML, the refusal says how many lines there were, and one mistake on one line', () => {
  const entries = Array.from({ length: 40 }, (_, at) => `- xname: x1000c0s${at}b0\n  address: 10.1.0.${at}\n`)
  for (const broken of [
    '- xname: "x\n',
    '- xname: [x\n',
    '- xname: @x\n',
    '- xname x\n',
    '- "\\q": x\n',
    '- - |x\n',
    '- }\n',
  ]) {
    const [message, ...violations] = refusal(`bmcs:\n${entries.toSpliced(7, 1, broken).join('')}`)
    expect(message, broken).toMatch(/^0 of (?:39|40|41) imported: bmcs\.yaml has a mistake$/)
    expect(violations, broken).toEqual([expect.stringMatching(/^bmcs\.yaml:\d+:\d+: [a-z][^\n]*$/)])
  }
})

test('what comes from stdin is called so', () => {
  expect(refusal('- xnam: a\n', '-')[1]).toMatch(/^stdin:1:3: /)
})

test('what a server says about an element is said about its line', () => {
  const file = read('bmcs:\n- xname: a\n  address: b\n- address: c\n')
  expect(
    file.locate([
      { field: 'bmcs[0].address', description: 'taken' },
      { field: 'bmcs[1].xname', description: 'missing' },
      { field: 'bmcs', description: 'too many' },
    ]),
  ).toEqual([
    { field: 'bmcs.yaml:3:12', description: 'taken' },
    { field: 'bmcs.yaml:4:3', description: 'missing' },
    { field: 'bmcs', description: 'too many' },
  ])
})

test('no text makes anything but elements or a refusal with places', () => {
  const pieces = fc.constantFrom(
    '- ',
    'xname: ',
    'a',
    '\n',
    '  ',
    '\t',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '*a',
    '&a ',
    '!!x ',
    '---\n',
    ':',
    '|\n',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join('')
      try {
        expect(read(text).elements.length).toBeGreaterThan(0)
      } catch (error) {
        if (!isTrivetError(error, 'IMPORT_REFUSED')) throw error
        expect(error.violations.length).toBeGreaterThan(0)
        for (const violation of error.violations) expect(violation.field).toMatch(/^bmcs\.yaml:\d+:\d+$/)
      }
    }),
    { numRuns: 2000 },
  )
})
