import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { OutcomeSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { uuid7 } from '../../lib/uuid7.ts'
import { sha256 } from '../sha256.ts'
import type { KeptOutcome } from './outcomes.ts'
import { outcomeAgeMsMax, Outcomes } from './outcomes.ts'

function outcome(revision: number, logTimeMs: number, drawnMs = logTimeMs): KeptOutcome {
  const requestId = uuid7({ timeMs: drawnMs, random: new Uint8Array(10).fill(revision % 256) })
  return { principal: 'p', requestId, digest: 'ab', revision, logTimeMs, outcome: create(OutcomeSchema, { name: 'n' }) }
}

test('rule 14: an outcome is kept for 15 minutes of log time, then it raises the floor', () => {
  const outcomes = new Outcomes(sha256)
  const first = outcome(1, 1_000)
  outcomes.add(first)
  outcomes.add(outcome(2, 2_000))
  expect(outcomes.evict(1_000 + outcomeAgeMsMax)).toEqual([])
  expect(outcomes.get('p', first.requestId)).toBe(first)
  expect(outcomes.evict(1_001 + outcomeAgeMsMax)).toEqual([first])
  expect(outcomes.get('p', first.requestId)).toBeUndefined()
  expect(outcomes.floor).toBe(first.requestId)
  expect(outcomes.size).toBe(1)
})

test('rule 14: of too many outcomes the oldest go first, and the floor is the newest evicted id', () => {
  const outcomes = new Outcomes(sha256, { max: 2 })
  const ahead = outcome(1, 1_000, 9_000)
  const behind = outcome(2, 1_001, 500)
  for (const one of [ahead, behind, outcome(3, 1_002), outcome(4, 1_003)]) outcomes.add(one)
  expect(outcomes.evict(1_003)).toEqual([ahead, behind])
  expect(outcomes.floor).toBe(ahead.requestId)
})

test('a request has one outcome, and ids are scoped to the principal', () => {
  const outcomes = new Outcomes(sha256)
  const one = outcome(1, 1_000)
  expect(outcomes.add(one)).toBe(true)
  expect(outcomes.add({ ...one, revision: 2 })).toBe(false)
  expect(outcomes.add({ ...one, principal: 'q', revision: 2 })).toBe(true)
  expect(outcomes.size).toBe(2)
})

test('the sum over outcomes is that of what is kept, whatever came and went', () => {
  const grown = new Outcomes(sha256, { max: 3 })
  for (let revision = 1; revision <= 9; revision += 1) {
    grown.add(outcome(revision, 1_000 + revision))
    grown.evict(1_000 + revision)
  }
  const restored = new Outcomes(sha256)
  restored.restore(
    grown.floor,
    [7, 8, 9].map((revision) => outcome(revision, 1_000 + revision)),
  )
  expect(restored.hash.toString()).toBe(grown.hash.toString())
  expect(restored.floor).toBe(grown.floor)
})

test('every field of an outcome counts in the sum', () => {
  const base = outcome(1, 1_000)
  const violations = [{ field: 'f', description: 'd' }]
  const variants: KeptOutcome[] = [
    base,
    { ...base, principal: 'q' },
    { ...base, digest: 'cd' },
    { ...base, revision: 2 },
    { ...base, logTimeMs: 1_001 },
    { ...base, outcome: create(OutcomeSchema, { name: 'm' }) },
    { ...base, outcome: create(OutcomeSchema, { name: 'n', code: 'X' }) },
    { ...base, outcome: create(OutcomeSchema, { name: 'n', nameRevision: 1n }) },
    { ...base, outcome: create(OutcomeSchema, { name: 'n', params: { a: 'b' } }) },
    { ...base, outcome: create(OutcomeSchema, { name: 'n', violations }) },
  ]
  const sums = variants.map((one) => {
    const outcomes = new Outcomes(sha256)
    outcomes.add(one)
    return outcomes.hash.toString()
  })
  expect(new Set(sums).size).toBe(variants.length)
})
