import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HistoryBuilder } from './format/history-builder.ts'
import type { HistoryEvent } from './format/history-event.ts'
import type { History, Recorded } from './format/history.ts'
import { isWrite } from './format/operation.ts'
import { checkLinearizability } from './linearizability/linearizability-checker.ts'
import { checkRevisions } from './revision/revision-checker.ts'
import { isLinearizable, isRightByRevisions } from './testing/brute-force.ts'
import { mutated, mutations } from './testing/mutations.ts'
import type { PlanOptions } from './testing/planned-history.ts'
import { eventsOf, plans } from './testing/planned-history.ts'

/** `HISTORY_SEED=17` repeats a run; `HISTORY_RUNS` makes it longer. A failure prints the seed. */
const seed = Number(process.env['HISTORY_SEED'] ?? Date.now() % 1_000_000_007)
const runs = Number(process.env['HISTORY_RUNS'] ?? 1_000)

function historyOf(events: readonly HistoryEvent[]): History {
  const builder = new HistoryBuilder()
  for (const event of events) builder.add(event)
  return builder.build()
}

/** Histories that are right, and the same with one or two answers falsified. */
function falsified(options: PlanOptions): fc.Arbitrary<History> {
  return fc
    .tuple(plans(options), fc.array(mutations, { minLength: 1, maxLength: 2 }))
    .map(([plan, changes]) => historyOf(changes.reduce(mutated, eventsOf(plan, options))))
}

/** Writes of unknown outcome whose revisions are tried out. */
const lostMax = 4

function isLostWrite({ operation, result }: Recorded): boolean {
  return isWrite(operation) && result.kind === 'unknown'
}

const sizes: readonly (readonly [string, PlanOptions])[] = [
  ['one row and few values', { callsMax: 7, keys: 1, values: 2 }],
  ['one row and a value for each write', { callsMax: 7, keys: 1, values: 0 }],
  ['two rows', { callsMax: 7, keys: 2, values: 2 }],
  ['rows without revisions', { callsMax: 7, keys: 1, values: 2, isBlind: true }],
  ['writes that are hardly ever answered', { callsMax: 8, keys: 1, values: 2, isSilent: true }],
  [
    'writes that are hardly ever answered to rows without revisions',
    { callsMax: 8, keys: 2, values: 2, isSilent: true, isBlind: true },
  ],
]

describe.each(sizes)('small histories of %s', (_name, options) => {
  test(`are judged by the search as by trying every order (seed ${seed})`, () => {
    const counts = { ok: 0, violation: 0 }
    fc.assert(
      fc.property(falsified(options), (history) => {
        // What a list says of several rows together is not the search's to judge.
        fc.pre(options.keys === 1 || !history.operations.some(({ operation }) => operation.kind === 'list'))
        const { kind } = checkLinearizability(history)
        counts[kind as keyof typeof counts] += 1
        expect(kind).toBe(isLinearizable(history) ? 'ok' : 'violation')
      }),
      { seed, numRuns: runs },
    )
    expect(counts.ok).toBeGreaterThan(runs / 20)
    expect(counts.violation).toBeGreaterThan(runs / 20)
  })

  test(`are judged by their revisions as by trying every revision of every unanswered write (seed ${seed})`, () => {
    const counts = { ok: 0, violation: 0, unknown: 0 }
    fc.assert(
      fc.property(falsified(options), (history) => {
        // Trying everything takes long.
        fc.pre(history.operations.filter(isLostWrite).length <= lostMax)
        const { kind } = checkRevisions(history)
        if (kind === 'not_applicable') return
        counts[kind] += 1
        if (kind !== 'unknown') expect(kind).toBe(isRightByRevisions(history) ? 'ok' : 'violation')
      }),
      { seed, numRuns: runs },
    )
    expect(counts.ok).toBeGreaterThan(runs / 20)
    expect(counts.violation).toBeGreaterThan(runs / 20)
    expect(counts.unknown).toBeLessThan(runs / 100)
  })
})

describe('histories of some dozen calls', () => {
  const options = { callsMax: 60, keys: 3, values: 0 }

  test(`that are right by construction are right (seed ${seed})`, () => {
    fc.assert(
      fc.property(plans(options), (plan) => {
        const history = historyOf(eventsOf(plan))
        expect(checkRevisions(history).kind).toBe(history.hasRevisions ? 'ok' : 'not_applicable')
        expect(checkLinearizability(history)).toMatchObject({ kind: 'ok' })
      }),
      { seed, numRuns: runs },
    )
  })

  test(`that are right by their revisions are linearizable, whatever was falsified (seed ${seed})`, () => {
    const counts = { ok: 0, violation: 0, unknown: 0, not_applicable: 0 }
    fc.assert(
      fc.property(falsified(options), (history) => {
        const { kind } = checkRevisions(history)
        counts[kind] += 1
        const found = checkLinearizability(history)
        if (kind === 'ok') expect(found.kind).toBe('ok')
        if (found.kind === 'violation' && kind !== 'not_applicable') expect(kind).toBe('violation')
      }),
      { seed, numRuns: runs },
    )
    expect(counts.ok).toBeGreaterThan(runs / 20)
    expect(counts.violation).toBeGreaterThan(runs / 20)
    expect(counts.unknown).toBeLessThan(runs / 100)
  })
})
