import type { History } from '../format/history.ts'
import type { Call, Maybe } from '../model/call.ts'
import type { KeyState, KeyStep } from '../model/key-step.ts'
import type { Unanswered } from '../model/unanswered-writes.ts'
import type { KeyEvent } from './key-event.ts'
import { inOrder } from './key-event.ts'
import { ShownLists } from './shown-lists.ts'
import type { Pin } from './writers.ts'

/** An unanswered write of a row. */
export interface Hidden extends Unanswered {
  /** Its revision is above this one. */
  readonly above: number
}

/** All that concerns one row, in the order of revisions. */
export interface KeyHistory {
  readonly key: string
  readonly start: KeyState
  readonly events: readonly KeyEvent[]
  /** In the order of their beginnings. */
  readonly hidden: readonly Hidden[]
}

/** The history of each row. */
export function keyHistoriesOf(
  { start }: History,
  calls: readonly Call[],
  known: { readonly above: ReadonlyMap<Call, number>; readonly pins: readonly Pin[] },
): readonly KeyHistory[] {
  const histories = new Map<string, { start: KeyState; events: KeyEvent[]; hidden: Hidden[] }>()
  for (const { key, value, revision } of start.rows) of(key).start = { value, revision }
  for (const call of calls) {
    if (call.kind === 'maybe')
      of(call.operation.key).hidden.push({ operation: call.operation, above: known.above.get(call)! })
    else for (const [key, step] of stepsOf(call)) of(key).events.push(eventAt(call, step))
  }
  for (const { key, revision, value, shownBy } of known.pins) {
    of(key).events.push({ revision, isWrite: true, until: revision, step: { kind: 'pin', value }, source: shownBy })
  }
  const lists = new ShownLists(calls.filter((call) => call.kind === 'seen'))
  return [...histories].map(([key, { start: first, events, hidden }]) => ({
    key,
    start: first,
    events: [...events, ...lists.without(key, events)].sort(inOrder),
    hidden,
  }))

  function of(key: string) {
    const found = histories.get(key) ?? { start: null, events: [], hidden: [] }
    histories.set(key, found)
    return found
  }
}

function stepsOf(call: Exclude<Call, Maybe>): readonly (readonly [key: string, step: KeyStep])[] {
  switch (call.kind) {
    case 'written': {
      const { operation, revision } = call
      return [[operation.key, { kind: 'write', operation, revision }]]
    }
    case 'refusal': {
      const { operation, reason } = call
      return [[operation.key, { kind: 'refused', operation, reason }]]
    }
    case 'seen':
      return call.rows.map(([key, row]) => [key, { kind: 'read', row }])
  }
}

function eventAt(call: Exclude<Call, Maybe>, step: KeyStep): KeyEvent {
  const revision = call.revision!
  return { revision, until: revision, isWrite: call.kind === 'written', step, source: call.source }
}
