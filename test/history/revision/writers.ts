import type { History, Recorded } from '../format/history.ts'
import type { Row } from '../format/operation.ts'
import type { Call, Maybe } from '../model/call.ts'
import type { Violation } from '../model/violation.ts'
import { operationInWords, outcomeInWords, recordInWords, rowInWords } from '../model/words.ts'

/** A revision that a write without an answer must have, because its row was shown. */
export interface Pin {
  readonly key: string
  readonly revision: number
  /** Undefined when only its revision is known, by the condition of a write that was carried out on it. */
  readonly value: string | undefined
  readonly shownBy: Recorded
}

/** What is known of the write of one revision. */
interface Writer {
  readonly key: string
  /** Null for a deletion; undefined if it is not known. */
  readonly value: string | null | undefined
  readonly words: string
}

/** Who wrote what, as far as answers show it. */
export interface Writers {
  /** Every revision whose writer is known by its row, answered or not. */
  readonly revisions: ReadonlySet<number>
  readonly pins: readonly Pin[]
  readonly violations: readonly Violation[]
}

/** Finds the write behind every row that was shown. A row that no write can have left is a violation. */
export function writersOf(history: History, calls: readonly Call[], above: ReadonlyMap<Call, number>): Writers {
  const writers = new Map<number, Writer>()
  const violations: Violation[] = []
  const pins: Pin[] = []
  const maybes = maybesByKey(calls)
  for (const { key, value, revision } of history.start.rows) {
    writers.set(revision, { key, value, words: `row ${key} of the start` })
  }
  for (const call of calls) {
    if (call.kind !== 'written' || call.revision === undefined) continue
    const { operation, revision, source } = call
    const other = writers.get(revision)
    if (other !== undefined) {
      const text = `${recordInWords(source)} has revision ${revision}, which is that of ${other.words}`
      violations.push({ kind: 'revision_reused', line: call.end, text })
    }
    const value = operation.kind === 'put' ? operation.value : null
    writers.set(revision, { key: operation.key, value, words: recordInWords(source) })
  }
  for (const call of calls) {
    if (call.kind === 'seen') for (const [key, row] of call.rows) show(call, key, row)
    if (call.kind === 'written' && typeof call.operation.if === 'object') {
      show(call, call.operation.key, { value: undefined, revision: call.operation.if.revision })
    }
  }
  return { revisions: new Set(writers.keys()), pins, violations }

  /** A call shows, or was carried out on, a row of this revision. */
  function show(
    call: Exclude<Call, Maybe>,
    key: string,
    row: { readonly value: string | undefined; readonly revision?: number } | null,
  ): void {
    if (row?.revision === undefined) return
    const { value, revision } = row
    const wrong = (reason: string) => {
      const shown = value === undefined ? `a row of revision ${revision}` : rowInWords({ value, revision })
      const text = `${recordInWords(call.source)} stands on ${key} = ${shown}, but ${reason}`
      violations.push({ kind: 'phantom_row', line: call.end, text })
    }
    if (call.revision !== undefined && revision > call.revision) {
      return wrong(`it stands on revision ${call.revision}, which is before`)
    }
    const writer = writers.get(revision)
    if (writer === undefined) {
      const candidates = maybes.get(key) ?? []
      const could = candidates.some((maybe) => canHaveLeft(maybe, value) && above.get(maybe)! < revision)
      if (!could)
        return wrong(revision <= history.start.revision ? 'it is not in the start' : nobody(history, key, value))
      writers.set(revision, { key, value, words: `the row that ${recordInWords(call.source)} shows` })
      pins.push({ key, revision, value, shownBy: call.source })
    } else if (writer.key !== key) wrong(`revision ${revision} is that of ${writer.words}`)
    else if (writer.value === undefined) {
      if (value === undefined) return
      writers.set(revision, { ...writer, value })
      const at = pins.findIndex((pin) => pin.revision === revision)
      pins[at] = { ...pins[at]!, value }
    } else if (writer.value === null || (value !== undefined && writer.value !== value)) {
      wrong(`revision ${revision} is that of ${writer.words}`)
    }
  }
}

function maybesByKey(calls: readonly Call[]): ReadonlyMap<string, readonly Maybe[]> {
  return Map.groupBy(
    calls.filter((call) => call.kind === 'maybe'),
    ({ operation }) => operation.key,
  )
}

function canHaveLeft({ operation }: Maybe, value: Row['value'] | undefined): boolean {
  return operation.kind === 'put' && (value === undefined || operation.value === value)
}

/** Why nobody can have written a row, by what became of those who wanted to. */
function nobody({ operations }: History, key: string, value: string | undefined): string {
  const tries = operations.filter(
    ({ operation }) =>
      operation.kind === 'put' && operation.key === key && (value === undefined || operation.value === value),
  )
  const [first] = tries
  if (first === undefined) return 'nobody asked for that'
  const word = tries.length > 1 ? `none of the ${tries.length} calls that asked for it can have` : 'that cannot be'
  return `${word}: ${outcomeInWords(first)}; ${operationInWords(first.operation)} has no such place`
}
