import { expect, test } from 'vitest'
import { reportOf, textOf, type Cell } from './verdict.ts'

const cell = (fault: string, of: Partial<Cell>): Cell => ({
  target: 'raft/log',
  fault,
  outcome: 'nothing lost',
  reason: '',
  repaired: true,
  lost: [],
  wrong: [],
  ...of,
})

const table = [
  cell('deletion', { outcome: 'repaired by the others', lost: ['log: all of it'] }),
  cell('bit flip', { lost: ['log: entry 3'], wrong: ['it went on as if nothing was missing'] }),
  cell('swap', { outcome: 'skipped', reason: 'the other one is the same', repaired: false }),
  cell('freeze', { outcome: 'skipped', reason: 'only root may mount file systems', repaired: false }),
  cell('power cut', { outcome: 'skipped', reason: 'only root may mount file systems', repaired: false }),
]

test('what was not tried is counted, by reason, and in no other count', () => {
  expect(reportOf(1, table, ['the logs differ'])).toMatchObject({
    cells: 2,
    detected: 1,
    repaired: 2,
    harmless: 1,
    refused: 0,
    lossy: 2,
    skippedCells: 3,
    skippedFor: [
      { reason: 'only root may mount file systems', cells: 2 },
      { reason: 'the other one is the same', cells: 1 },
    ],
    wrong: [
      { cell: 'raft/log: bit flip', what: 'it went on as if nothing was missing' },
      { cell: 'in the end', what: 'the logs differ' },
    ],
  })
})

test('a person is told what was not tried, and why', () => {
  const lines = textOf(reportOf(1, table, [])).split('\n')
  expect(lines.slice(table.length + 1)).toEqual([
    '2 cells: 1 detected, 2 repaired, 1 harmless, 0 refused, 2 with a loss, 1 wrong',
    'NOT TRIED: 3 of 5 cells were skipped',
    '  2: only root may mount file systems',
    '       raft/log: freeze',
    '       raft/log: power cut',
    '  1: the other one is the same',
    '       raft/log: swap',
    '',
  ])
  expect(textOf(reportOf(1, [cell('deletion', {})], []))).toContain('No cell was skipped.')
})
