import { expect, test } from 'vitest'
import { runMatrix } from '../storage/matrix.ts'

/**
 * A small dose of `npm run storage:matrix`: one cell of each kind of end. A vote file that is gone is made anew where the
 * log tells the vote for certain, and else the peer is repaired: which one it is depends on the moment of its death.
 */
const dose: Readonly<Record<string, unknown>> = {
  'raft/log/write-ahead log: deletion': 'repaired by the others',
  'raft/vote.0: deletion': expect.stringMatching(/^(?:nothing lost|repaired by the others)$/),
  'state/CURRENT: deletion': 'state made anew',
  // Nothing but the tail witness tells of this one.
  'no state, and raft/log/write-ahead log: deletion': 'repaired by the others',
  '.: stale copy': 'says it is damaged',
}

const seed = 20

test('what is damaged is noticed, nothing wrong is served, and what the others have is repaired', async () => {
  const report = await runMatrix({ seed, matches: (cell) => cell in dose, say: () => undefined })
  const ends = report.table.map(({ target, fault, outcome }) => [`${target}: ${fault}`, outcome])
  expect({ seed, ends: Object.fromEntries(ends) as object, wrong: report.wrong }).toEqual({
    seed,
    ends: dose,
    wrong: [],
  })
  expect(report).toMatchObject({ cells: 5, repaired: 4, refused: 1, skippedCells: 0 })
  // Seen from outside, all but the vote was really lost, of which the other file and the log know.
  expect(report.lossy).toBeGreaterThanOrEqual(4)
})
