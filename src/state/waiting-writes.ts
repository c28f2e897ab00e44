import type { PendingWrite } from './pending-write.ts'
import type { AppliedEntry } from './pure/applied.ts'
import { requestKey } from './pure/outcomes.ts'

/**
 * Writes whose transaction is on its way, or may be: by request, first the one that it was evaluated for, then other
 * tries of the same request. What is applied answers them; a later term's entry tells that they were lost.
 */
export class WaitingWrites {
  readonly #byRequest = new Map<string, PendingWrite[]>()
  readonly #incarnation: string

  constructor(incarnation: string) {
    this.#incarnation = incarnation
  }

  get(key: string): PendingWrite[] | undefined {
    return this.#byRequest.get(key)
  }

  /** A transaction for this write goes on its way. */
  add(write: PendingWrite): void {
    this.#byRequest.set(write.key, [write])
  }

  /** The transaction for this request was not appended: gives all that waited for it. */
  take(key: string): PendingWrite[] {
    const writes = this.#byRequest.get(key) ?? []
    this.#byRequest.delete(key)
    return writes
  }

  /** Answers those whose request this entry carries out, whoever proposed it. */
  answer(entry: AppliedEntry): void {
    if (this.#byRequest.size === 0) return
    for (const { outcome } of entry.transactions) {
      for (const [at, write] of this.take(requestKey(outcome.principal, outcome.requestId)).entries()) {
        write.settle(outcome, { incarnation: this.#incarnation, replayed: at > 0 })
      }
    }
  }

  /**
   * Gives those of terms before this one, of which an entry was just applied: what they proposed and is not applied
   * yet can't be any more (log.md, rule 2).
   */
  takeBefore(term: number): PendingWrite[] {
    const lost: PendingWrite[] = []
    for (const [key, writes] of this.#byRequest) {
      if (writes[0]!.term >= term) continue
      this.#byRequest.delete(key)
      lost.push(...writes)
    }
    return lost
  }
}
