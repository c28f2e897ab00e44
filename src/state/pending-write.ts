import { isTrivetError, trivetError } from '../lib/errors.ts'
import type { TrivetError } from '../lib/errors.ts'
import { hexOf } from './pure/hex.ts'
import type { KeptOutcome } from './pure/outcomes.ts'
import { requestKey } from './pure/outcomes.ts'
import { refusalOf } from './pure/refusal-transaction.ts'
import { Refused } from './refused.ts'
import { answerTo } from './write-answer.ts'
import type { WriteAnswer, WriteRequest } from './write-request.ts'

/**
 * Where a write is on its way. `queued`: not evaluated, or to be evaluated again. `refused`: evaluated, the refusal
 * waits for what it stands on and for its confirmation. `proposed`: its transaction, or that of another try of the
 * same request, is on its way; whether it will be carried out is not known here.
 */
export type Stage = 'queued' | 'refused' | 'proposed'

/** A refusal on its way: given when what it stands on is applied, and a ReadIndex round confirmed it (rule 11). */
export interface PendingRefusal {
  readonly error: Refused
  /** The proposal that has to be applied first. */
  standsOn: Proposal | undefined
  isConfirmed: boolean
}

/** One entry on its way, with what was evaluated for it and on it, in the order of the evaluation. */
export interface Proposal {
  /** 0 while it is gathered. */
  number: number
  previous: number
  readonly firstRevision: number
  /** In which it is evaluated. */
  readonly stateVersion: number
  /** Those that it carries out, and those whose refusal stands on it. */
  readonly writes: PendingWrite[]
}

/** One write that waits at this peer for its answer. */
export class PendingWrite {
  readonly request: WriteRequest
  /** Names the request: ids are scoped to the principal. */
  readonly key: string
  readonly digest: string
  readonly answer: Promise<WriteAnswer>
  stage: Stage = 'queued'
  /** Of the proposal that carries it out, while it is `proposed`. */
  term = 0
  /** While it is `refused`. */
  refusal: PendingRefusal | undefined
  #resolve!: (answer: WriteAnswer) => void
  #reject!: (error: Error) => void
  #isSettled = false
  readonly #onSettled: () => void
  readonly #onAbort = () => this.fail(this.stage === 'proposed' ? this.unknown() : this.cancelled())

  constructor(request: WriteRequest, onSettled: () => void) {
    this.request = request
    this.key = requestKey(request.principal, request.requestId)
    this.digest = hexOf(request.digest)
    this.#onSettled = onSettled
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    request.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Nobody waits any more. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Answers with a kept outcome, which is applied. The same id for another request is refused. */
  settle(kept: KeptOutcome, how: { readonly incarnation: string; readonly replayed: boolean }): void {
    if (kept.digest !== this.digest) {
      const { requestId } = this.request
      this.fail(new Refused(trivetError('REQUEST_ID_REUSED', { requestId }), kept.revision))
    } else if (kept.outcome.code === '') this.succeed(answerTo(kept, how))
    else this.fail(new Refused(refusalOf(kept.outcome), kept.revision))
  }

  succeed(answer: WriteAnswer): void {
    if (this.#finish()) this.#resolve(answer)
  }

  fail(error: Error): void {
    if (this.#finish()) this.#reject(error)
  }

  /** What the caller is told when it stops waiting, or has to, for a proposal that may still be carried out. */
  unknown(): TrivetError {
    return trivetError('OUTCOME_UNKNOWN', { requestId: this.request.requestId })
  }

  /** What the caller is told when it stopped waiting for what will never be carried out. */
  cancelled(): TrivetError {
    const reason: unknown = this.request.signal.reason
    return isTrivetError(reason) ? reason : trivetError('CANCELLED', {})
  }

  #finish(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.request.signal.removeEventListener('abort', this.#onAbort)
    this.#onSettled()
    return true
  }
}
