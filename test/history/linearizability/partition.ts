import type { History, Recorded } from '../format/history.ts'
import type { Call } from '../model/call.ts'
import type { KeyState, KeyStep } from '../model/key-step.ts'

/** One step that has to be somewhere between two lines. */
export interface Required {
  readonly step: KeyStep
  readonly begin: number
  readonly end: number
  readonly source: Recorded
}

/** A step that may be anywhere behind a line, or nowhere. */
export interface Optional {
  readonly step: KeyStep & { readonly kind: 'write' }
  readonly begin: number
  readonly source: Recorded
}

/**
 * What concerns one row. A history is linearizable exactly if each of its rows is (Herlihy and Wing, §3.2), which is
 * what makes long histories of many rows cheap. A list counts as a read of each row, so that what it says of several
 * rows at once is not compared here.
 */
export interface Partition {
  readonly key: string
  readonly start: KeyState
  /** In the order of their beginnings. */
  readonly required: readonly Required[]
  /** In the order of their beginnings. */
  readonly optional: readonly Optional[]
  /** Revisions of answered writes to any row, and of the start: no unanswered write has one of them. */
  readonly revisions: ReadonlySet<number>
}

/** How many rows lists may lack in all: each counts as a read. */
export const lackingReadsMax = 5_000_000

/** The partitions of a history; undefined when its lists lack too many rows. Stale reads promise nothing here. */
export function partitionsOf({ start }: History, calls: readonly Call[]): readonly Partition[] | undefined {
  const partitions = new Map<string, Growing>()
  const revisions = new Set(start.rows.map(({ revision }) => revision))
  for (const { key, value, revision } of start.rows) of(key).start = { value, revision }
  for (const call of calls) add(call)
  const lists = calls.filter((call) => call.kind === 'seen').filter(({ operation }) => operation.kind === 'list')
  if (lists.length * partitions.size > lackingReadsMax) return undefined
  for (const list of lists) {
    if (list.operation.kind !== 'list' || list.operation.stale === true) continue
    const shown = new Set(list.rows.map(([key]) => key))
    for (const [key, { required }] of partitions) {
      if (!key.startsWith(list.operation.prefix) || shown.has(key)) continue
      required.push({ step: { kind: 'read', row: null }, begin: list.begin, end: list.end, source: list.source })
    }
  }
  return [...partitions].map(([key, partition]) => ({
    key,
    ...partition,
    required: partition.required.sort((one, other) => one.begin - other.begin),
  }))

  function add(call: Call): void {
    const { source, begin } = call
    if (call.kind === 'seen') {
      if (call.operation.stale === true) return
      for (const [key, row] of call.rows) {
        of(key).required.push({ step: { kind: 'read', row }, begin, end: call.end, source })
      }
      return
    }
    const { operation } = call
    const partition = of(operation.key)
    if (call.kind === 'maybe') {
      partition.optional.push({ step: { kind: 'write', operation, revision: undefined }, begin, source })
    } else if (call.kind === 'refusal') {
      partition.required.push({
        step: { kind: 'refused', operation, reason: call.reason },
        begin,
        end: call.end,
        source,
      })
    } else {
      const { revision, end } = call
      partition.required.push({ step: { kind: 'write', operation, revision }, begin, end, source })
      if (revision !== undefined) revisions.add(revision)
    }
  }

  function of(key: string): Growing {
    const found = partitions.get(key) ?? { start: null, required: [], optional: [], revisions }
    partitions.set(key, found)
    return found
  }
}

interface Growing {
  start: KeyState
  readonly required: Required[]
  readonly optional: Optional[]
  readonly revisions: ReadonlySet<number>
}

/**
 * A partition as it was known up to a line: what had begun, and what had ended. A write without an answer yet may have
 * happened, a read without one says nothing.
 */
export function partitionUntil(partition: Partition, line: number): Partition {
  const required = partition.required.filter(({ end }) => end <= line)
  const open = partition.required.filter(({ begin, end }) => begin <= line && end > line)
  const optional = [...partition.optional.filter(({ begin }) => begin <= line), ...open.flatMap(asOptional)]
  return { ...partition, required, optional: optional.sort((one, other) => one.begin - other.begin) }
}

function asOptional({ step, begin, source }: Required): Optional[] {
  if (step.kind === 'read') return []
  return [{ step: { kind: 'write', operation: step.operation, revision: undefined }, begin, source }]
}
