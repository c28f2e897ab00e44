import { expect, test } from 'vitest'
import { styleFor } from './style.ts'
import { Terminal } from './testing/terminal.ts'
import { tryCli } from './testing/try-cli.ts'

test('only a terminal gets colours, and none when NO_COLOR is set to anything', () => {
  const { stdout: terminal } = new Terminal({ isTTY: true })
  const { stdout: pipe } = new Terminal()
  expect(styleFor('bold', terminal, {})('a')).toBe('\u001b[1ma\u001b[22m')
  expect(styleFor('bold', terminal, { NO_COLOR: '' })('a')).toBe('\u001b[1ma\u001b[22m')
  expect(styleFor('bold', terminal, { NO_COLOR: '0' })('a')).toBe('a')
  expect(styleFor('bold', pipe, {})('a')).toBe('a')
})

test('an error stands out on a terminal', async () => {
  expect((await tryCli(['nod'], { isTTY: true })).stderr).toContain('\u001b[31merror:\u001b[')
  expect((await tryCli(['nod'], { isTTY: true, env: { NO_COLOR: '1' } })).stderr).toMatch(/^error: there/)
})
