import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

test('lines are numbered without gaps and carry a clock that never goes back', () => {
  const ledger = new Ledger()
  for (let n = 0; n < 5; n++) ledger.append({ kind: 'overlap', bmc: 'x1000c0s0b0' })
  const lines = ledger.lines({ after: 0 })
  expect(lines.map((line) => line.seq)).toEqual([1, 2, 3, 4, 5])
  expect(lines.every((line, n) => n === 0 || line.monoMs >= lines[n - 1]!.monoMs)).toBe(true)
})

test('a reader asks for what came after the line that it saw last, and for some kinds only', () => {
  const ledger = new Ledger()
  ledger.append({ kind: 'reset_accepted' })
  ledger.append({ kind: 'reset_done' })
  ledger.append({ kind: 'overlap' })
  expect(ledger.lines({ after: 1 }).map((line) => line.kind)).toEqual(['reset_done', 'overlap'])
  expect(ledger.lines({ after: 0, kinds: new Set(['overlap']) }).map((line) => line.seq)).toEqual([3])
  expect(ledger.lines({ after: 0, limit: 2 }).map((line) => line.seq)).toEqual([1, 2])
})

test('who waits for the n-th line gets it when it is written, not at the end of the wait', async () => {
  const ledger = new Ledger()
  ledger.append({ kind: 'reset_accepted' })
  const third = ledger.waitFor({ after: 2 }, 60_000)
  ledger.append({ kind: 'reset_done' })
  ledger.append({ kind: 'overlap' })
  expect((await third).map((line) => line.seq)).toEqual([3])
})

test('a wait for a kind that does not come ends with nothing', async () => {
  const ledger = new Ledger()
  const never = ledger.waitFor({ after: 0, kinds: new Set(['overlap']) }, 5)
  ledger.append({ kind: 'reset_done' })
  expect(await never).toEqual([])
})
