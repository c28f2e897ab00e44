import type { History, Recorded, RecordedChange } from '../format/history.ts'
import { never } from '../format/history.ts'
import type { Call, Written } from '../model/call.ts'
import type { Violation } from '../model/violation.ts'
import { outcomeInWords } from '../model/words.ts'

/** What the change stream adds to what clients were told. */
export interface ChangeStream {
  /** The calls, with the writes of unknown outcome placed or left out where the stream shows what became of them. */
  readonly calls: readonly Call[]
  /** Revisions that somebody watched: whatever happened at one of them is known. */
  readonly watched: ReadonlySet<number>
  readonly violations: readonly Violation[]
}

/**
 * Compares answers with the change stream. Every watcher sees whole revisions in order, without a gap; all see the
 * same; a request is carried out once, at the revision that its client was told.
 */
export function compareWithChanges(calls: readonly Call[], { operations, changes }: History): ChangeStream {
  if (changes.length === 0) return { calls, watched: new Set(), violations: [] }
  const violations = outOfOrder(changes)
  const byRevision = new Map<number, RecordedChange>()
  const byRequest = new Map<string, RecordedChange>()
  for (const change of changes) {
    const known = byRevision.get(change.revision)
    if (known === undefined) byRevision.set(change.revision, change)
    else if (known.request !== change.request || known.outcome !== change.outcome) {
      violations.push(wrong(change, `shows ${inWords(change)}, but line ${known.line} shows ${inWords(known)}`))
    }
    if (change.request === undefined) continue
    const earlier = byRequest.get(change.request)
    if (earlier === undefined) byRequest.set(change.request, change)
    else if (earlier.revision !== change.revision) {
      const text = `request ${change.request} was carried out twice: at revision ${earlier.revision} (line ${earlier.line}) and at revision ${change.revision} (line ${change.line})`
      violations.push({ kind: 'executed_twice', line: change.line, text })
    }
  }
  const firstTries = firstTriesOf(operations)
  const placed = calls.flatMap((call) => place(call, byRequest))
  const written = placed.filter((call) => call.kind === 'written')
  violations.push(
    ...written.flatMap((call) => otherThanTold(call, { byRequest, byRevision, firstTries })),
    ...carriedOutAfterAll(byRequest, new Set(written.map(({ source }) => source.request)), firstTries),
  )
  return { calls: placed, watched: new Set(byRevision.keys()), violations }
}

function firstTriesOf(operations: readonly Recorded[]): ReadonlyMap<string, Recorded> {
  const first = new Map<string, Recorded>()
  for (const record of operations) {
    if (record.request !== undefined && !first.has(record.request)) first.set(record.request, record)
  }
  return first
}

function outOfOrder(changes: readonly RecordedChange[]): Violation[] {
  const last = new Map<string, RecordedChange>()
  return changes.flatMap((change) => {
    const before = last.get(change.process)
    last.set(change.process, change)
    if (before === undefined || change.revision === before.revision + 1) return []
    return [wrong(change, `comes behind revision ${before.revision} (line ${before.line}) at ${change.process}`)]
  })
}

/** What became of a write of unknown outcome, if it was shown. */
function place(call: Call, byRequest: ReadonlyMap<string, RecordedChange>): Call[] {
  if (call.kind !== 'maybe' || call.request === undefined) return [call]
  const change = byRequest.get(call.request)
  if (change === undefined) return [call]
  if (change.outcome === 'refused') return []
  const { operation, begin, source } = call
  return [{ kind: 'written', operation, begin, end: never, revision: change.revision, source }]
}

/** A write whose client was told something else than the stream shows. */
function otherThanTold(
  { revision, source }: Written,
  known: {
    readonly byRequest: ReadonlyMap<string, RecordedChange>
    readonly byRevision: ReadonlyMap<number, RecordedChange>
    readonly firstTries: ReadonlyMap<string, Recorded>
  },
): Violation[] {
  const { request } = source
  const change = request === undefined ? undefined : known.byRequest.get(request)
  if (change !== undefined && (change.revision !== revision || change.outcome !== 'ok')) {
    return [wrong(change, `shows ${inWords(change)}, but its client was told ${outcomeInWords(source)}`)]
  }
  const there = revision === undefined ? undefined : known.byRevision.get(revision)
  if (there === undefined || there.request === request) return []
  // A write without an id gets one from the peer that takes it, which this history does not know.
  if (request === undefined && !known.firstTries.has(there.request ?? '')) return []
  return [wrong(there, `shows ${inWords(there)}, but that revision was told to ${outcomeInWords(source)}`)]
}

/** Requests none of whose tries can have been carried out, as their clients were told, and that were. */
function carriedOutAfterAll(
  byRequest: ReadonlyMap<string, RecordedChange>,
  written: ReadonlySet<string | undefined>,
  firstTries: ReadonlyMap<string, Recorded>,
): Violation[] {
  return [...byRequest].flatMap(([request, change]) => {
    const first = firstTries.get(request)
    if (first === undefined || change.outcome === 'refused' || written.has(request)) return []
    return [wrong(change, `shows as carried out what cannot have been: ${outcomeInWords(first)}`)]
  })
}

function wrong(change: RecordedChange, text: string): Violation {
  return { kind: 'change_stream', line: change.line, text: `the change of revision ${change.revision} ${text}` }
}

function inWords({ request, outcome }: RecordedChange): string {
  const whose = request === undefined ? 'a request of nobody here' : `request ${request}`
  return `${whose} ${outcome === 'ok' ? 'carried out' : 'refused'}`
}
