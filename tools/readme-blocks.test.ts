import { expect, test } from 'vitest'
import { commandBlocks } from './readme-blocks.ts'

test('marked blocks are taken as they stand, others are left', () => {
  const markdown = [
    '# Try it',
    '<!-- ci -->',
    '```sh',
    'npm install',
    'npm run demo',
    '```',
    '```sh',
    'rm -rf data',
    '```',
  ].join('\n')
  expect(commandBlocks(markdown)).toEqual([{ line: 4, commands: 'npm install\nnpm run demo' }])
})

test('a program that does not end names what it prints when it is ready', () => {
  const markdown = ['<!-- ci: background until "ready" -->', '', '```sh', 'npm start', '```'].join('\n')
  expect(commandBlocks(markdown)).toEqual([{ line: 4, commands: 'npm start', readyText: 'ready' }])
})

test('the indentation of a list is not part of the commands', () => {
  const markdown = ['1. First', '   <!-- ci -->', '   ```sh', '   npm test', '     # more', '   ```'].join('\n')
  expect(commandBlocks(markdown)).toEqual([{ line: 4, commands: 'npm test\n  # more' }])
})

test.for([
  ['a marker without a block', '<!-- ci -->\n\ntext', 'line 1: no ```sh block follows the marker'],
  ['a block in another language', '<!-- ci -->\n```json\n{}\n```', 'line 1: no ```sh block follows the marker'],
  ['a misspelt marker', '<!-- ci: backgrund -->\n```sh\nls\n```', 'line 1: unknown marker'],
  ['a block that is not closed', '<!-- ci -->\n```sh\nls', 'line 2: the block is not closed'],
])('%s is an error, never a test that did not run', ([, markdown, message]) => {
  expect(() => commandBlocks(markdown!)).toThrow(message!)
})

test('a text without markers has no blocks', () => {
  expect(commandBlocks('# Nothing\n```sh\nls\n```\n')).toEqual([])
})
