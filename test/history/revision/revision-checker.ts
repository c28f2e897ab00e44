import type { History } from '../format/history.ts'
import type { Call, Seen } from '../model/call.ts'
import { callsOf } from '../model/calls-of.ts'
import type { Verdict, Violation } from '../model/violation.ts'
import { verdictOf } from '../model/violation.ts'
import { recordInWords } from '../model/words.ts'
import { compareWithChanges } from './change-stream.ts'
import { FreeRevisions } from './free-revisions.ts'
import { keyHistoriesOf } from './key-history.ts'
import { realTimeOf } from './real-time.ts'
import { KeyReplay } from './key-replay.ts'
import { unexplained } from './unexplained.ts'
import { canAllBePlaced } from './window.ts'
import { writersOf } from './writers.ts'

/** Steps of the search for unanswered writes, for one row. Without such writes nothing is searched. */
export const replayStepsMax = 1_000_000

/**
 * Replays a history in the order of the revisions that its answers name. It is right when one request has one outcome
 * and every write a revision of its own, when what began later stands on more, and when each answer, refusals too, is
 * what the rows of its revision give. A write of unknown outcome may have happened at any free revision behind its
 * beginning, or never; once its row was shown, it has its place.
 *
 * The time it takes is in proportion to what was recorded, but for the search after unanswered writes that left no
 * trace of their own, which is bounded: then the verdict is `unknown`.
 */
export function checkRevisions(history: History, options: { readonly stepsMax?: number } = {}): Verdict {
  if (!history.hasRevisions) return { kind: 'not_applicable', reason: 'answers name no revisions' }
  const told = callsOf(history)
  const stream = compareWithChanges(told.calls, history)
  const { calls } = stream
  const first = [...told.violations, ...stream.violations]
  if (first.length > 0) return verdictOf(first)

  const realTime = realTimeOf(history, calls)
  const writers = writersOf(history, calls, realTime.above)
  const second = [...realTime.violations, ...writers.violations, ...misshapenLists(calls)]
  if (second.length > 0) return verdictOf(second)

  const free = new FreeRevisions([...writers.revisions, ...watchedBy(history, stream.watched)])
  const histories = keyHistoriesOf(history, calls, { above: realTime.above, pins: writers.pins })
  const stepsMax = options.stepsMax ?? replayStepsMax
  const replays = histories.map((each) => ({ of: each, replay: new KeyReplay(each, { free, stepsMax }).run() }))
  const third = replays.flatMap(({ of, replay }) => (replay.kind === 'violation' ? [unexplained(of, replay)] : []))
  if (third.length > 0) return verdictOf(third)
  const given = replays.find(({ replay }) => replay.kind === 'unknown')
  if (given !== undefined) {
    const reason = `${given.of.key} has ${given.of.hidden.length} writes of unknown outcome; the search was given up`
    return { kind: 'unknown', reason }
  }
  const windows = replays.flatMap(({ replay }) => (replay.kind === 'ok' ? replay.windows : []))
  if (canAllBePlaced(windows, free)) return { kind: 'ok' }
  return { kind: 'unknown', reason: 'writes of unknown outcome to several rows compete for too few revisions' }
}

/**
 * Revisions that a watcher saw are those of the requests that it saw. A write without a request id cannot be told from
 * a stranger's, and may have any of them.
 */
function watchedBy({ operations }: History, watched: ReadonlySet<number>): Iterable<number> {
  const isNameless = operations.some(
    ({ operation, request }) => request === undefined && (operation.kind === 'put' || operation.kind === 'delete'),
  )
  return isNameless ? [] : watched
}

/** Lists that show a row twice, or one that was not asked for. */
function misshapenLists(calls: readonly Call[]): Violation[] {
  return calls.flatMap((call) => {
    const key = call.kind === 'seen' ? misplacedKey(call) : undefined
    if (call.kind !== 'seen' || key === undefined) return []
    const text = `${recordInWords(call.source)} shows ${key}, twice or without being asked for it`
    return [{ kind: 'wrong_result' as const, line: call.end, text }]
  })
}

function misplacedKey({ operation, rows }: Seen): string | undefined {
  if (operation.kind !== 'list') return undefined
  const seen = new Set<string>()
  for (const [key] of rows) {
    if (!key.startsWith(operation.prefix) || seen.has(key)) return key
    seen.add(key)
  }
  return undefined
}
