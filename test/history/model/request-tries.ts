import type { Recorded } from '../format/history.ts'
import type { Result, Write } from '../format/operation.ts'
import type { Call, Refusal } from './call.ts'
import type { Violation } from './violation.ts'
import { outcomeInWords } from './words.ts'

type Try<Kind extends Result['kind']> = Recorded<Write> & { readonly result: Extract<Result, { kind: Kind }> }

/**
 * The tries of one request, and what they come to. A try that failed for sure says nothing of the others. A first try
 * that is refused stands for itself and leaves nothing; a retry that is refused is the outcome of the request, for ever
 * (log.md rules 14 and 16).
 */
export class RequestTries {
  readonly #request: string | undefined
  readonly #done: Try<'ok'>[] = []
  readonly #unknown: Try<'unknown'>[] = []
  readonly #refused: Try<'refused'>[] = []

  constructor(request: string | undefined) {
    this.#request = request
  }

  add(record: Recorded<Write>): void {
    const { kind } = record.result
    if (kind === 'ok') this.#done.push(record as Try<'ok'>)
    else if (kind === 'unknown') this.#unknown.push(record as Try<'unknown'>)
    else if (kind === 'refused') this.#refused.push(record as Try<'refused'>)
  }

  /** What happened: at most one write or one lasting refusal, and refusals of first tries. */
  calls(): Call[] {
    const calls: Call[] = this.#refused.filter(({ retry }) => !retry).map((source) => refusalBy(source, source.begin))
    const [done] = this.#done.toSorted(byEnd)
    const [final] = this.#refused.filter(({ retry }) => retry).toSorted(byEnd)
    if (done !== undefined) {
      const begin = Math.min(...[...this.#done, ...this.#unknown].map((each) => each.begin))
      const { operation, end, result } = done
      calls.push({ kind: 'written', operation, begin, end, revision: result.revision, source: done })
    } else if (final !== undefined) {
      const retries = [...this.#refused, ...this.#unknown].filter(({ retry }) => retry)
      calls.push(refusalBy(final, Math.min(...retries.map(({ begin }) => begin))))
    } else {
      const [first] = this.#unknown
      if (first === undefined) return calls
      const { operation, begin } = first
      calls.push({ kind: 'maybe', operation, begin, request: this.#request, source: first })
    }
    return calls
  }

  /** Answers that cannot both be of one request. */
  violations(): Violation[] {
    const [first, ...others] = [...this.#done].sort(byEnd)
    const finals = this.#refused.filter(({ retry }) => retry).sort(byEnd)
    const violations = others
      .filter(({ result }) => result.revision !== first!.result.revision)
      .map((other) => twoOutcomes('executed_twice', first!, other))
    if (first !== undefined) {
      const contradicting = this.#refused.filter((refusal) => contradicts(refusal, first))
      violations.push(...contradicting.map((refusal) => twoOutcomes('outcome_changed', first, refusal)))
    }
    const changed = finals.filter(({ result }) => result.revision !== finals[0]!.result.revision)
    violations.push(...changed.map((final) => twoOutcomes('outcome_changed', finals[0]!, final)))
    return violations
  }
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
