import fc from 'fast-check'
import type { HistoryEvent } from '../format/history-event.ts'
import { historyVersion } from '../format/history-event.ts'
import type { Condition, Operation, Result, Row } from '../format/operation.ts'

/** One call of a plan. */
export interface PlannedCall {
  readonly kind: 'put' | 'delete' | 'get' | 'list'
  readonly key: number
  readonly value: number
  readonly condition: 'none' | 'absent' | 'present' | 'newest' | 'older'
  /** How long before and after its effect it begins and ends, in calls. */
  readonly before: number
  readonly after: number
  /** `late`: its client is never told. `never`: nor was it carried out. `failed`: its client knows that. */
  readonly fate: 'told' | 'late' | 'never' | 'failed'
  readonly isStale: boolean
  /** Revisions of strangers before it. */
  readonly strangers: number
}

/** How large, and how hard to judge, histories are. */
export interface PlanOptions {
  readonly callsMax: number
  readonly keys: number
  /** Values that calls choose from; 0 gives each call one of its own. */
  readonly values: number
  /** Rows are shown without the revision that wrote them, so that versions look alike. */
  readonly isBlind?: boolean
  /** Most writes are never answered. */
  readonly isSilent?: boolean
}

const fates = ['told', 'told', 'told', 'told', 'late', 'never', 'failed'] as const

const silentFates = ['told', 'told', 'late', 'late', 'never'] as const

export function plans(options: PlanOptions): fc.Arbitrary<readonly PlannedCall[]> {
  const { callsMax, keys, values } = options
  return fc.array(
    fc.record<PlannedCall>({
      kind: fc.oneof(
        { weight: 5, arbitrary: fc.constant('put' as const) },
        { weight: 2, arbitrary: fc.constant('delete' as const) },
        { weight: 5, arbitrary: fc.constant('get' as const) },
        { weight: 1, arbitrary: fc.constant('list' as const) },
      ),
      key: fc.nat(keys - 1),
      value: values === 0 ? fc.constant(-1) : fc.nat(values - 1),
      condition: fc.constantFrom('none', 'none', 'absent', 'present', 'newest', 'older'),
      before: fc.double({ min: 0, max: 3, noNaN: true }),
      after: fc.double({ min: 0, max: 3, noNaN: true }),
      fate: fc.constantFrom(...(options.isSilent === true ? silentFates : fates)),
      isStale: fc.boolean(),
      strangers: fc.constantFrom(0, 0, 0, 1),
    }),
    { minLength: 1, maxLength: callsMax },
  )
}

/**
 * The history of a plan: its calls take effect one after another, on a plain model, and begin before and end after
 * that. It is linearizable by construction.
 */
export function eventsOf(plan: readonly PlannedCall[], { isBlind }: Pick<PlanOptions, 'isBlind'> = {}): HistoryEvent[] {
  const rows = new Map<string, Required<Row>>()
  /** The last two revisions that a row had, newest first. */
  const versions = new Map<string, number[]>()
  const timed: { readonly at: number; readonly event: HistoryEvent }[] = []
  let revision = 0
  for (const [op, call] of plan.entries()) {
    revision += call.strangers
    const operation = operationOf(call, op)
    const result = call.fate === 'told' || call.fate === 'late' ? carriedOut(operation) : undefined
    const begin = op - call.before
    const isTold = call.fate === 'told' || call.fate === 'failed'
    timed.push({ at: begin, event: { event: 'begin', op, process: `c${op}`, at: 0, operation } })
    if (isTold) {
      timed.push({ at: op + call.after, event: { event: 'end', op, at: 0, result: result ?? { kind: 'failed' } } })
    }
  }
  const lines = timed.sort((one, other) => one.at - other.at).map(({ event }, at) => ({ ...event, at }))
  return [{ event: 'start', history: historyVersion }, ...(lines as HistoryEvent[])]

  function operationOf(call: PlannedCall, op: number): Operation {
    const key = `k${call.key}`
    const stale = call.isStale && { stale: true as const }
    if (call.kind === 'list') return { kind: 'list', prefix: 'k', ...stale }
    if (call.kind === 'get') return { kind: 'get', key, ...stale }
    const condition = conditionOf(call, versions.get(key) ?? [])
    if (call.kind === 'delete') return { kind: 'delete', key, ...(typeof condition === 'object' && { if: condition }) }
    const value = call.value < 0 ? `v${op}` : `w${call.value}`
    return { kind: 'put', key, value, ...(condition !== undefined && { if: condition }) }
  }

  function shown(row: Required<Row> | null): Row | null {
    return row !== null && isBlind === true ? { value: row.value } : row
  }

  function carriedOut(operation: Operation): Result {
    switch (operation.kind) {
      case 'get':
        return { kind: 'ok', revision, row: shown(rows.get(operation.key) ?? null) }
      case 'list':
        return { kind: 'ok', revision, rows: [...rows].map(([key, row]) => ({ key, ...shown(row)! })) }
      case 'put':
      case 'delete': {
        const row = rows.get(operation.key)
        const condition = operation.if ?? (operation.kind === 'delete' ? 'present' : undefined)
        if (condition === 'absent' && row !== undefined) return { kind: 'refused', revision, reason: 'present' }
        if (condition !== 'absent' && condition !== undefined && row === undefined) {
          return { kind: 'refused', revision, reason: 'absent' }
        }
        if (typeof condition === 'object' && condition.revision !== row!.revision) {
          return { kind: 'refused', revision, reason: 'changed' }
        }
        revision += 1
        if (operation.kind === 'delete') rows.delete(operation.key)
        else {
          rows.set(operation.key, { value: operation.value, revision })
          versions.set(operation.key, [revision, ...(versions.get(operation.key) ?? []).slice(0, 1)])
        }
        return { kind: 'ok', revision }
      }
    }
  }
}

function conditionOf({ condition }: PlannedCall, versions: readonly number[]): Condition | undefined {
  switch (condition) {
    case 'none':
      return undefined
    case 'absent':
    case 'present':
      return condition
    case 'newest':
      return versions[0] === undefined ? 'present' : { revision: versions[0] }
    case 'older':
      return versions[1] === undefined ? undefined : { revision: versions[1] }
  }
}
