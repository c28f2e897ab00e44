import type { History, RecordedChange } from '../format/history.ts'
import { never } from '../format/history.ts'
import type { Call } from '../model/call.ts'
import type { Violation } from '../model/violation.ts'
import { outcomeInWords, recordInWords } from '../model/words.ts'

/** The highest revision that somebody was told of. */
interface Told {
  readonly revision: number
  /** By whom; undefined for the start of the history. */
  readonly by: Call | RecordedChange | undefined
}

/** The order of time, compared with that of revisions. */
export interface RealTime {
  /** Of each call of unknown place: its revision is above this one, which somebody had been told before it began. */
  readonly above: ReadonlyMap<Call, number>
  readonly violations: readonly Violation[]
}

/** A moment that matters: a call begins, or somebody is told a revision. */
interface Moment {
  readonly line: number
  readonly begins?: Call
  readonly tells?: Call | RecordedChange
}

/**
 * What began after somebody was told of a revision stands on it: a write is above it, a read or a refusal not below.
 * A stale read may show less, but what it shows has happened, and binds all that begin later.
 */
export function realTimeOf(history: History, calls: readonly Call[]): RealTime {
  const above = new Map<Call, number>()
  const violations: Violation[] = []
  let told: Told = { revision: history.start.revision, by: undefined }
  for (const { begins, tells } of momentsOf(history, calls)) {
    if (begins?.kind === 'maybe') above.set(begins, told.revision)
    else if (begins !== undefined && standsBelow(begins, told.revision)) violations.push(tooLow(begins, told))
    if (tells !== undefined && (revisionOf(tells) ?? 0) > told.revision)
      told = { revision: revisionOf(tells)!, by: tells }
  }
  return { above, violations }
}

function momentsOf({ changes }: History, calls: readonly Call[]): readonly Moment[] {
  const moments: Moment[] = changes.map((change) => ({ line: change.line, tells: change }))
  for (const call of calls) {
    moments.push({ line: call.begin, begins: call })
    if (call.kind !== 'maybe' && call.end !== never) moments.push({ line: call.end, tells: call })
  }
  return moments.sort((one, other) => one.line - other.line)
}

function standsBelow(call: Call, told: number): boolean {
  const revision = revisionOf(call)
  if (revision === undefined) return false
  if (call.kind === 'written') return revision <= told
  return revision < told && !(call.kind === 'seen' && call.operation.stale === true)
}

function revisionOf(what: Call | RecordedChange): number | undefined {
  return 'kind' in what && what.kind === 'maybe' ? undefined : what.revision
}

function tooLow(call: Call, told: Told): Violation {
  const { by, revision } = told
  const before =
    by === undefined
      ? `the history began at revision ${revision}`
      : 'kind' in by
        ? `revision ${revision} had been told: ${outcomeInWords(by.source)}`
        : `the change of revision ${revision} had been shown to ${by.process} (line ${by.line})`
  const does = call.kind === 'written' ? 'has' : 'stands on'
  const text = `${recordInWords(call.source)} ${does} revision ${revisionOf(call)}, but before it began ${before}`
  return { kind: 'real_time', line: call.source.end === never ? call.begin : call.source.end, text }
}
