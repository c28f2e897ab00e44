import { expect, test } from 'vitest'
import { parseCommand } from './parse-command.ts'
import type { CommandTable } from './table.ts'
import { commandOf, field } from './testing/tables.ts'

const nodeUpdate = await commandOf('node', 'update')
const nodeCreate = await commandOf('node', 'create')
const credentialSet = await commandOf('credential', 'set')

function parse(table: CommandTable, ...words: string[]) {
  const { fields, common } = parseCommand(table, words)
  return { fields: Object.fromEntries(fields), common: Object.fromEntries(common) }
}

test('arguments and flags are sorted by the field that they are for, in any order', () => {
  expect(parse(nodeUpdate, '--hostname', 'login1', 'x1', '-o', 'json', '--role=compute', '--reason', 'why')).toEqual({
    fields: { hostname: ['login1'], node: ['x1'], role: ['compute'] },
    common: { output: 'json', reason: 'why' },
  })
})

test('a repeated field takes its flag several times, any other one only once', () => {
  expect(parse(nodeCreate, 'x1', '--mac', 'a', '--mac', 'b').fields).toEqual({ xname: ['x1'], mac: ['a', 'b'] })
  expect(() => parse(nodeCreate, 'x1', '--nid', '1', '--nid', '2')).toThrow('--nid is given twice')
  expect(() => parse(nodeCreate, 'x1', '--server', 'a', '--server', 'b')).toThrow('--server is given twice')
})

test('a value may begin with a dash', () => {
  expect(parse(nodeUpdate, 'x1', '--reason', '-5').common).toEqual({ reason: '-5' })
  expect(parse(nodeUpdate, '--', '-x').fields).toEqual({ node: ['-x'] })
})

test('an empty value is a value', () => {
  expect(parse(nodeUpdate, 'x1', '--hostname', '', '--arch=').fields).toEqual({
    node: ['x1'],
    hostname: [''],
    arch: [''],
  })
})

test('a bool has a flag for each of its values', () => {
  const table = { ...nodeUpdate, flags: [field({ path: 'boot_first', kind: 'bool' })] }
  expect(parse(table, 'x1', '--boot-first').fields).toMatchObject({ boot_first: ['true'] })
  expect(parse(table, 'x1', '--no-boot-first').fields).toMatchObject({ boot_first: ['false'] })
  expect(() => parse(table, 'x1', '--boot-first', '--no-boot-first')).toThrow(/given twice/)
})

test('the last argument takes all remaining words when it is repeated', () => {
  const table = { ...nodeUpdate, arguments: [field({ path: 'group' }), field({ path: 'names', repeated: true })] }
  expect(parse(table, 'a', 'b', 'c').fields).toEqual({ group: ['a'], names: ['b', 'c'] })
  expect(() => parse(table, 'a')).toThrow(/VALUE is missing/)
})

test('fields of a nested message have flags with a dot', () => {
  const table = { ...nodeUpdate, flags: [field({ path: 'spec.kernel_url' })] }
  expect(parse(table, 'x1', '--spec.kernel-url', 'u').fields).toMatchObject({ 'spec.kernel_url': ['u'] })
})

test.for<[CommandTable, string[], RegExp]>([
  [nodeUpdate, [], /^NODE is missing$/],
  [nodeUpdate, ['x1', 'x2'], /^`node update` takes NODE and nothing more; "x2" is too much$/],
  [nodeUpdate, ['x1', '--hostnam', 'a'], /^`node update` has no flag --hostnam; did you mean --hostname\?$/],
  [nodeUpdate, ['x1', '--hostname'], /^--hostname needs a value$/],
  [nodeUpdate, ['x1', '--wait'], /has no flag --wait/],
  [nodeUpdate, ['x1', '-q'], /has no flag -q$/],
])('%# says what is wrong with the line', ([table, words, message]) => {
  expect(() => parse(table, ...words)).toThrow(message)
})

test('a secret on the line is refused without being repeated', () => {
  for (const words of [['--password=hunter2'], ['--password', 'hunter2'], ['--passwort=hunter2']]) {
    const attempt = (): unknown => parse(credentialSet, '*', '--username', 'root', ...words)
    expect(attempt).toThrow(/--passwor/)
    expect(attempt).not.toThrow(/hunter2/)
  }
  expect(() => parse(credentialSet, '*', '--password=x')).toThrow(/is a secret.*--password-file/)
})

test('with --help nothing else has to be there', () => {
  expect(parse(nodeUpdate, '--help').common).toEqual({ help: 'true' })
})
