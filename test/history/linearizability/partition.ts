import type { History, Recorded } from '../format/history.ts'
import type { Call, Maybe } from '../model/call.ts'
import type { KeyState, KeyStep } from '../model/key-step.ts'
import type { Unanswered } from '../model/unanswered-writes.ts'

/** One step that has to be somewhere between two lines. */
export interface Required {
  readonly step: KeyStep
  readonly begin: number
  readonly end: number
  /** Where its answer says that it stands, which is not believed. */
  readonly revision: number | undefined
  readonly source: Recorded
}

/** A write that may be anywhere behind a line, or nowhere. */
export interface Optional extends Unanswered {
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
      required.push(requiredBy(list, { kind: 'read', row: null }))
    }
  }
  return [...partitions].map(([key, partition]) => ({
    key,
    ...partition,
    required: partition.required.sort((one, other) => one.begin - other.begin),
  }))

  function add(call: Call): void {
    switch (call.kind) {
      case 'maybe':
        of(call.operation.key).optional.push({ operation: call.operation, begin: call.begin, source: call.source })
        return
      case 'refusal': {
        const { operation, reason } = call
        of(operation.key).required.push(requiredBy(call, { kind: 'refused', operation, reason }))
        return
      }
      case 'written': {
        const { operation, revision } = call
        of(operation.key).required.push(requiredBy(call, { kind: 'write', operation, revision }))
        if (revision !== undefined) revisions.add(revision)
        return
      }
      case 'seen':
        if (call.operation.stale === true) return
        for (const [key, row] of call.rows) of(key).required.push(requiredBy(call, { kind: 'read', row }))
    }
  }

  function of(key: string): Growing {
    const found = partitions.get(key) ?? { start: null, required: [], optional: [], revisions }
    partitions.set(key, found)
    return found
  }
}

function requiredBy({ begin, end, revision, source }: Exclude<Call, Maybe>, step: KeyStep): Required {
  return { step, begin, end, revision, source }
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
  return [{ operation: step.operation, begin, source }]
}
