import type { AppliedTransaction } from './pure/applied.ts'
import type { KeptOutcome, Outcomes } from './pure/outcomes.ts'
import { requestKey } from './pure/outcomes.ts'

/** Those who wait until a request's transaction is applied here, whoever leads. */
export class RequestWaiters {
  readonly #outcomes: Outcomes
  readonly #byRequest = new Map<string, Set<(outcome: KeptOutcome) => void>>()

  constructor(outcomes: Outcomes) {
    this.#outcomes = outcomes
  }

  /** Resolves with the outcome of the request; rejects with the reason of `signal` when that aborts before. */
  when(request: { readonly principal: string; readonly requestId: string }, signal: AbortSignal): Promise<KeptOutcome> {
    signal.throwIfAborted()
    const kept = this.#outcomes.get(request.principal, request.requestId)
    if (kept !== undefined) return Promise.resolve(kept)
    const key = requestKey(request.principal, request.requestId)
    return new Promise((resolve, reject) => {
      const waiters = this.#byRequest.get(key) ?? new Set()
      this.#byRequest.set(key, waiters)
      const onAbort = () => {
        waiters.delete(onOutcome)
        if (waiters.size === 0) this.#byRequest.delete(key)
        reject(signal.reason as Error)
      }
      const onOutcome = (outcome: KeptOutcome) => {
        signal.removeEventListener('abort', onAbort)
        resolve(outcome)
      }
      waiters.add(onOutcome)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** A transaction was applied. */
  applied({ outcome }: AppliedTransaction): void {
    if (this.#byRequest.size === 0) return
    const key = requestKey(outcome.principal, outcome.requestId)
    const waiters = this.#byRequest.get(key)
    if (waiters === undefined) return
    this.#byRequest.delete(key)
    for (const onOutcome of waiters) onOutcome(outcome)
  }
}
