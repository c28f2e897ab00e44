import type { Recorded } from '../format/history.ts'
import type { Result, Write } from '../format/operation.ts'
import type { Call, Refusal } from './call.ts'
import type { Violation } from './violation.ts'
import { outcomeInWords } from './words.ts'

type Try<Kind extends Result['kind']> = Recorded<Write> & { readonly result: Extract<Result, { kind: Kind }> }

/**
 * What the tries of one request come to: at most one write or one lasting refusal, and refusals of first tries. A try
 * that failed for sure says nothing of the others. A first try that is refused stands for itself and leaves nothing; a
 * retry that is refused is the outcome of the request, for ever (log.md rules 14 and 16).
 */
export function callsOfRequest(tries: readonly Recorded<Write>[]): Call[] {
  const refused = endedAs('refused', tries)
  const unknown = endedAs('unknown', tries)
  const calls: Call[] = refused.filter(({ retry }) => !retry).map((source) => refusalBy(source, source.begin))
  const [done] = endedAs('ok', tries).sort(byEnd)
  const [final] = refused.filter(({ retry }) => retry).sort(byEnd)
  if (done !== undefined) {
    const begin = Math.min(...[...endedAs('ok', tries), ...unknown].map((each) => each.begin))
    const { operation, end, result } = done
    calls.push({ kind: 'written', operation, begin, end, revision: result.revision, source: done })
  } else if (final !== undefined) {
    const retries = [...refused, ...unknown].filter(({ retry }) => retry)
    calls.push(refusalBy(final, Math.min(...retries.map(({ begin }) => begin))))
  } else if (unknown[0] !== undefined) {
    const { operation, begin, request } = unknown[0]
    calls.push({ kind: 'maybe', operation, begin, request, source: unknown[0] })
  }
  return calls
}

/** Answers that cannot both be of one request. */
export function contradictionsOf(tries: readonly Recorded<Write>[]): Violation[] {
  const refused = endedAs('refused', tries)
  const [first, ...others] = endedAs('ok', tries).sort(byEnd)
  const [final, ...finals] = refused.filter(({ retry }) => retry).sort(byEnd)
  const violations = others
    .filter(({ result }) => result.revision !== first!.result.revision)
    .map((other) => twoOutcomes('executed_twice', first!, other))
  if (first !== undefined) {
    const contradicting = refused.filter((refusal) => contradicts(refusal, first))
    violations.push(...contradicting.map((refusal) => twoOutcomes('outcome_changed', first, refusal)))
  }
  const changed = finals.filter(({ result }) => result.revision !== final!.result.revision)
  violations.push(...changed.map((other) => twoOutcomes('outcome_changed', final!, other)))
  return violations
}

function endedAs<Kind extends Result['kind']>(kind: Kind, tries: readonly Recorded<Write>[]): Try<Kind>[] {
  return tries.filter((each): each is Try<Kind> => each.result.kind === kind)
}

/** Whether a try that was refused cannot be one of a request that was carried out. */
function contradicts(refusal: Try<'refused'>, done: Try<'ok'>): boolean {
  if (refusal.retry || done.end < refusal.begin) return true
  const { revision } = refusal.result
  return revision !== undefined && done.result.revision !== undefined && revision >= done.result.revision
}

function refusalBy(source: Try<'refused'>, begin: number): Refusal {
  const { operation, end, result } = source
  return { kind: 'refusal', operation, reason: result.reason, revision: result.revision, begin, end, source }
}

function twoOutcomes(kind: Violation['kind'], one: Recorded, other: Recorded): Violation {
  const [first, second] = one.end < other.end ? [one, other] : [other, one]
  const text = `request ${one.request} has two outcomes: ${outcomeInWords(first)}; ${outcomeInWords(second)}`
  return { kind, line: second.end, text }
}

function byEnd(one: Recorded, other: Recorded): number {
  return one.end - other.end
}
