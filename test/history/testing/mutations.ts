import fc from 'fast-check'
import type { End, HistoryEvent } from '../format/history-event.ts'
import type { RefusalReason, Result } from '../format/operation.ts'

/** How one answer is falsified. */
export interface Mutation {
  /** Which answer, counted modulo their number. */
  readonly answer: number
  readonly how: 'row' | 'row revision' | 'revision' | 'kind' | 'reason' | 'earlier'
  readonly by: number
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  answer: fc.nat(1_000),
  how: fc.constantFrom('row', 'row revision', 'revision', 'kind', 'reason', 'earlier'),
  by: fc.constantFrom(-2, -1, 1, 2),
})

const reasons: readonly RefusalReason[] = ['absent', 'present', 'changed']

/** The same history with another answer in one place; it may happen to be right as well. */
export function mutated(events: readonly HistoryEvent[], { answer, how, by }: Mutation): HistoryEvent[] {
  const answers = events.filter((event) => event.event === 'end' && event.result.kind !== 'failed')
  if (answers.length === 0) return [...events]
  const chosen = answers[answer % answers.length] as End
  if (how === 'earlier') return earlier(events, chosen, Math.abs(by))
  return events.map((event) => (event === chosen ? { ...chosen, result: falsified(chosen.result, how, by) } : event))
}

function falsified(result: Result, how: Mutation['how'], by: number): Result {
  if (result.kind !== 'ok' && result.kind !== 'refused') return result
  const { revision } = result
  const at = revision === undefined ? {} : { revision }
  if (how === 'revision' && revision !== undefined) return { ...result, revision: Math.max(0, revision + by) }
  if (result.kind === 'refused') {
    if (how === 'kind') return { kind: 'ok', ...at }
    return { ...result, reason: reasons[(reasons.indexOf(result.reason) + Math.abs(by)) % reasons.length]! }
  }
  if (result.row === undefined && result.rows === undefined) {
    return how === 'kind' ? { kind: 'refused', ...at, reason: reasons[Math.abs(by)]! } : result
  }
  if (result.rows !== undefined) return { ...result, rows: result.rows.slice(1) }
  const row = result.row ?? null
  if (row === null)
    return { ...result, row: { value: `w${Math.abs(by)}`, revision: Math.max(1, (revision ?? 1) + by) } }
  if (how === 'row revision') return { ...result, row: { ...row, revision: Math.max(1, (row.revision ?? 1) + by) } }
  return { ...result, row: by < 0 ? null : { ...row, value: `w${by}` } }
}

/** An answer that comes so many lines earlier, but not before its beginning. */
function earlier(events: readonly HistoryEvent[], chosen: End, lines: number): HistoryEvent[] {
  const from = events.indexOf(chosen)
  const begin = events.findIndex((event) => event.event === 'begin' && event.op === chosen.op)
  const others = events.filter((event) => event !== chosen)
  const moved = others.toSpliced(Math.max(begin + 1, from - lines), 0, chosen)
  return moved.map((event, at) => (event.event === 'start' ? event : { ...event, at }))
}
