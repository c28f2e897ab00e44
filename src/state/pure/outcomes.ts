import type { Outcome } from '../../gen/trivet/log/v1/log_pb.ts'
import { Fifo } from './fifo.ts'
import { HashInput } from './hash-input.ts'
import type { Sha256 } from './hash-sum.ts'
import { HashSum } from './hash-sum.ts'

/** How long, in log time, the outcome of a request is kept. */
export const outcomeAgeMsMax = 15 * 60_000

/** How many outcomes are kept; the oldest go first. */
export const outcomesMax = 200_000

/** What a request led to. */
export interface KeptOutcome {
  readonly principal: string
  readonly requestId: string
  /** In hexadecimal digits. */
  readonly digest: string
  readonly revision: number
  readonly logTimeMs: number
  readonly outcome: Outcome
}

/** Names a request: ids are scoped to the principal. */
export function requestKey(principal: string, requestId: string): string {
  return `${requestId} ${principal}`
}

/** Outcomes of applied transactions, for as long as a retry may ask (log.md, rule 14). */
export class Outcomes {
  readonly #byRequest = new Map<string, KeptOutcome>()
  readonly #inOrder = new Fifo<KeptOutcome>()
  readonly #sha256: Sha256
  readonly #input = new HashInput()
  readonly #max: number
  readonly hash = new HashSum()
  #floor = ''

  constructor(sha256: Sha256, limits: { readonly max: number } = { max: outcomesMax }) {
    this.#sha256 = sha256
    this.#max = limits.max
  }

  /** The newest request id whose outcome was evicted, '' if none: an unknown id at or below it is never executed. */
  get floor(): string {
    return this.#floor
  }

  get size(): number {
    return this.#byRequest.size
  }

  get(principal: string, requestId: string): KeptOutcome | undefined {
    return this.#byRequest.get(requestKey(principal, requestId))
  }

  /** True if the request has no outcome yet. */
  add(outcome: KeptOutcome): boolean {
    const key = requestKey(outcome.principal, outcome.requestId)
    if (this.#byRequest.has(key)) return false
    this.#byRequest.set(key, outcome)
    this.#inOrder.push(outcome)
    this.hash.add(this.#hashOf(outcome))
    return true
  }

  /** Evicts what is too old or too much, oldest first. Depends on nothing but what was applied: alike on all peers. */
  evict(logTimeMs: number): readonly KeptOutcome[] {
    const evicted: KeptOutcome[] = []
    for (;;) {
      const oldest = this.#inOrder.peek()
      if (oldest === undefined) return evicted
      if (logTimeMs - oldest.logTimeMs <= outcomeAgeMsMax && this.size <= this.#max) return evicted
      this.#inOrder.shift()
      this.#byRequest.delete(requestKey(oldest.principal, oldest.requestId))
      this.hash.subtract(this.#hashOf(oldest))
      if (oldest.requestId > this.#floor) this.#floor = oldest.requestId
      evicted.push(oldest)
    }
  }

  /** Puts back what was kept over a restart, oldest first. */
  restore(floor: string, outcomes: Iterable<KeptOutcome>): void {
    this.#floor = floor
    for (const outcome of outcomes) this.add(outcome)
  }

  #hashOf({ principal, requestId, digest, revision, logTimeMs, outcome }: KeptOutcome): Uint8Array {
    const input = this.#input.reset().text(principal).text(requestId).text(digest).number(revision).number(logTimeMs)
    input.text(outcome.code).text(outcome.name).number(Number(outcome.nameRevision))
    const names = Object.keys(outcome.params).sort()
    input.number(names.length)
    for (const name of names) input.text(name).text(outcome.params[name]!)
    for (const { field, description } of outcome.violations) input.text(field).text(description)
    return this.#sha256(input.result())
  }
}
