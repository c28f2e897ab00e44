import { expect, test } from 'vitest'
import { splitCommandLine, wantsJsonErrors } from './command-line.ts'

test('noun and verb are the first two words, and all else is left to the command', () => {
  expect(splitCommandLine(['node', 'list', '--nodes', '@a', '--', '-x'])).toEqual({
    noun: 'node',
    verb: 'list',
    rest: ['--nodes', '@a', '--', '-x'],
    help: false,
    version: false,
  })
})

test.for([
  [
    ['--server', 'a,b', 'node', '-o', 'json', 'list', '--watch'],
    ['--server', 'a,b', '-o', 'json', '--watch'],
  ],
  [
    ['--server=a', '-ojson', 'node', 'list'],
    ['--server=a', '-ojson'],
  ],
  [
    ['--no-header', 'node', 'list', 'x'],
    ['--no-header', 'x'],
  ],
])('flags of all commands may stand before the verb: %s', ([argv, rest]) => {
  expect(splitCommandLine(argv!)).toMatchObject({ noun: 'node', verb: 'list', rest })
})

test('the word help is --help for what follows it', () => {
  expect(splitCommandLine(['help', 'node', 'list'])).toMatchObject({ noun: 'node', verb: 'list', help: true })
  expect(splitCommandLine(['node', '--help'])).toMatchObject({ noun: 'node', verb: undefined, help: true })
  expect(splitCommandLine([])).toMatchObject({ noun: undefined, help: false })
})

test('a node may be called help: behind the verb it is a word like any other', () => {
  expect(splitCommandLine(['node', 'get', 'help'])).toMatchObject({ help: false, rest: ['help'] })
})

test('a flag that stands too early is refused, with the one that was meant', () => {
  expect(() => splitCommandLine(['--sever', 'a', 'node', 'list'])).toThrow(
    /--sever .* before a noun; did you mean --server/,
  )
  expect(() => splitCommandLine(['node', '--nodes=@a', 'list'])).toThrow(/--nodes is not .* between noun and verb/)
})

test('the form of errors is found in a line that makes no sense otherwise', () => {
  expect(wantsJsonErrors(['nod', 'lst', '-o', 'json'])).toBe(true)
  expect(wantsJsonErrors(['node', '--output=json', '--wat'])).toBe(true)
  expect(wantsJsonErrors(['node', 'get', 'json'])).toBe(false)
})
