import { expect, test } from 'vitest'
import { displayFor } from './display.ts'
import type { Frame } from './frame.ts'
import { Terminal } from './testing/terminal.ts'

function frame(screen: string, lines: Record<string, string> = {}): Frame {
  return { screen, lines: new Map(Object.entries(lines)) }
}

test('a pipe gets only the lines that changed, and what is gone', () => {
  const { stdout } = new Terminal()
  const display = displayFor(stdout)
  display.show(frame('', { n0: 'n0 off', n1: 'n1 off' }))
  display.show(frame('', { n0: 'n0 on', n1: 'n1 off' }))
  display.show(frame('', { n0: 'n0 on' }))
  display.end()
  expect(stdout.text).toBe('n0 off\nn1 off\nn0 on\nn1 is gone\n')
})

test('a terminal is painted over, from where the frame before began', () => {
  const { stdout } = new Terminal({ isTTY: true })
  const display = displayFor(stdout)
  display.show(frame('a\nb\n'))
  display.show(frame('c\n'))
  display.end()
  expect(stdout.text).toBe('\r\u001b[Ja\nb\n\u001b[2A\r\u001b[Jc\n\u001b[1A\r\u001b[Jc\n')
})

test('what is larger than the terminal is cut while it changes, and whole at the end', () => {
  const { stdout } = new Terminal({ isTTY: true })
  const display = displayFor(stdout)
  const tall = Array.from({ length: 50 }, (_, at) => `${at} ${'x'.repeat(200)}\n`).join('')
  display.show(frame(tall))
  const painted = stdout.text.split('\n')
  expect(painted).toHaveLength(30)
  expect(painted.at(-2)).toBe('… 22 more lines')
  for (const line of painted.slice(1)) expect(line.length).toBeLessThan(100)
  display.end()
  expect(stdout.text.endsWith(`\u001b[29A\r\u001b[J${tall}`)).toBe(true)
})
