import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseScript, scriptBytesMax } from './script.ts'
import { ScriptError } from './script-error.ts'

const parse = (text: string) => parseScript(Buffer.from(text), 'script')

test('lines, labels, separators, comments and continuations', () => {
  const lines = parse(
    '#!ipxe\n\n# a comment\n:top isset ${a} && goto top || goto end # why\necho a\\\nb ; echo c\r\n:end\n',
  )
  expect(lines.filter((line) => line.label !== undefined || line.commands.length > 0)).toEqual([
    {
      number: 4,
      label: 'top',
      commands: [
        { when: 'always', words: ['isset', '${a}'] },
        { when: 'on_success', words: ['goto', 'top'] },
        { when: 'on_failure', words: ['goto', 'end'] },
      ],
    },
    {
      number: 5,
      label: undefined,
      commands: [
        { when: 'always', words: ['echo', 'ab'] },
        { when: 'always', words: ['echo', 'c'] },
      ],
    },
    { number: 7, label: 'end', commands: [] },
  ])
})

test('a last || says that failure does not matter', () => {
  expect(parse('#!ipxe\nisset ${a} && goto top ||\n:top')[1]!.commands).toEqual([
    { when: 'always', words: ['isset', '${a}'] },
    { when: 'on_success', words: ['goto', 'top'] },
    { when: 'on_failure', words: [] },
  ])
})

describe('what a real iPXE would misunderstand silently is refused, with its line', () => {
  test.each([
    ['', /starts with #!ipxe/],
    [' #!ipxe\n', /starts with #!ipxe/],
    ['<html>', /starts with #!ipxe/],
    ['#!ipxelinux\n', /starts with #!ipxe/],
    ['#!ipxe\necho a &&\n', /line 2: nothing stands/],
    ['#!ipxe\n|| echo a\n', /line 2: nothing stands/],
    ['#!ipxe\necho a && ; echo b\n', /line 2: nothing stands/],
    ['#!ipxe\n||\n', /line 2: nothing stands/],
    ['#!ipxe\necho a || || echo b\n', /line 2: nothing stands/],
    ['#!ipxe\n: a\n', /line 2: a label without a name/],
    ['#!ipxe\n:a\n:a\n', /line 3: the label :a is there twice/],
    ['#!ipxe\necho \u{1B}[2J\n', /line 2: control character 27/],
    ['#!ipxe\necho a\\', /ends in a backslash/],
    [`#!ipxe\n${'#'.repeat(scriptBytesMax)}`, /over 262144/],
  ])('%j', (text, message) => {
    expect(() => parse(text.slice(0, scriptBytesMax + 100))).toThrow(message)
  })
})

test('whatever the bytes, the parser answers or throws a ScriptError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        return parseScript(Buffer.concat([Buffer.from('#!ipxe\n'), bytes]), 'script').length > 0
      } catch (error) {
        return error instanceof ScriptError
      }
    }),
  )
})
