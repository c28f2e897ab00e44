import { expect, test } from 'vitest'
import { matches, recover, recoveryTable, type Findings } from './recovery.ts'

const identities: Findings['identity'][] = ['absent', 'own', 'other', 'broken']
const logs: Findings['log'][] = ['absent', 'whole', 'broken']
const votes: Findings['vote'][] = ['absent', 'current', 'stale', 'broken']
const witnesses: Findings['witness'][] = ['absent', 'kept', 'lost', 'broken']

const all: Findings[] = identities.flatMap((identity) =>
  logs.flatMap((log) => votes.flatMap((vote) => witnesses.map((witness) => ({ identity, log, vote, witness })))),
)

test('each of the 192 combinations of findings stands in exactly one row', () => {
  expect(all).toHaveLength(192)
  for (const findings of all) {
    expect({ findings, rows: recoveryTable.filter((row) => matches(row, findings)).length }).toEqual({
      findings,
      rows: 1,
    })
  }
})

test('only one combination is healthy and only one is fresh', () => {
  expect(all.filter((findings) => recover(findings).kind === 'healthy')).toEqual([
    { identity: 'own', log: 'whole', vote: 'current', witness: 'kept' },
  ])
  expect(all.filter((findings) => recover(findings).kind === 'fresh')).toEqual([
    { identity: 'absent', log: 'absent', vote: 'absent', witness: 'absent' },
  ])
})

test('whatever else is wrong, a lost vote is told as a lost vote, for only a new identity can follow it', () => {
  for (const vote of ['absent', 'stale', 'broken'] as const) {
    for (const log of logs) {
      for (const witness of witnesses) {
        expect(recover({ identity: 'own', log, vote, witness })).toMatchObject({ kind: 'damaged', part: 'vote' })
      }
    }
  }
})
