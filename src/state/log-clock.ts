import type { Clock } from '../lib/clock.ts'

/**
 * Log time as this peer knows it (log.md, rule 4): the last applied one plus the monotonic time since. A leader lets
 * it run on from where it was when its term began; the others follow what they apply. A jump of the wall clock does
 * not touch it.
 */
export class LogClock {
  readonly #clock: Clock
  #anchorLogMs: number
  #anchorMonotonicMs: number
  readonly #startMonotonicMs: number
  /** A transaction was applied, here or before the restart: all peers agree about log time. */
  #isAgreed: boolean
  #isLeading = false
  /** It ran ahead by itself, and what it stamped may not have been committed. */
  #hasLed = false
  #latestMs = 0

  /** `appliedMs`: log time of the last applied transaction, 0 if there is none. After a restart nothing is added. */
  constructor(clock: Clock, appliedMs: number) {
    this.#clock = clock
    this.#anchorLogMs = appliedMs
    this.#isAgreed = appliedMs > 0
    this.#anchorMonotonicMs = clock.monotonicMs()
    this.#startMonotonicMs = this.#anchorMonotonicMs
  }

  /** What a leader stamps now, in whole milliseconds. Never goes back while it leads. */
  now(): number {
    const elapsedMs = this.#clock.monotonicMs() - this.#anchorMonotonicMs
    this.#latestMs = Math.max(this.#latestMs, Math.floor(this.#anchorLogMs + elapsedMs))
    return this.#latestMs
  }

  /**
   * What is shown, and request ids are drawn by. Before the first transaction it is next to 0 and below all that
   * follows: what a first leader took from its wall clock may be lost with it, and the next one may have another.
   */
  shown(): number {
    return this.#isAgreed ? this.now() : Math.floor(this.#clock.monotonicMs() - this.#startMonotonicMs)
  }

  /** A transaction of this log time was applied. Moves the clock of a peer that follows. */
  applied(logTimeMs: number): void {
    this.#isAgreed = true
    if (this.#isLeading) return
    if (this.#hasLed) this.#latestMs = 0
    this.#hasLed = false
    this.#anchorLogMs = logTimeMs
    this.#anchorMonotonicMs = this.#clock.monotonicMs()
  }

  /** This peer evaluates from now on. A cluster that has no log time yet takes it from the wall clock. */
  lead(): void {
    if (!this.#isAgreed && !this.#hasLed) {
      this.#anchorLogMs = this.#clock.wallMs()
      this.#anchorMonotonicMs = this.#clock.monotonicMs()
    }
    this.#isLeading = true
    this.#hasLed = true
  }

  /** This peer evaluates no longer. */
  follow(): void {
    this.#isLeading = false
  }
}
