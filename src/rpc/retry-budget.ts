import { setTimeout } from 'node:timers/promises'
import { trivetError } from '../lib/errors.ts'
import { firstContactTimeoutMs, pauseBeforeMs, triesMax, tryMsMin } from './failover-policy.ts'

/** What bounds the tries of one call. */
export interface RetryLimits {
  readonly timeoutMs: number
  readonly addresses: number
  /** Whether any address has ever answered; while none has, `firstContactTimeoutMs` holds if it is shorter. */
  readonly contacted: () => boolean
  readonly signal: AbortSignal | undefined
}

/** What is left of the tries and of the time of one call. */
export class RetryBudget {
  readonly #limits: RetryLimits
  #startedAtMs = performance.now()
  #failed = 0

  constructor(limits: RetryLimits) {
    this.#limits = limits
  }

  get leftMs(): number {
    const { timeoutMs, contacted } = this.#limits
    const wholeMs = contacted() ? timeoutMs : Math.min(timeoutMs, firstContactTimeoutMs)
    return Math.max(0, Math.ceil(this.#startedAtMs + wholeMs - performance.now()))
  }

  /** A stream was served: tries and time begin anew. */
  renew(): void {
    this.#startedAtMs = performance.now()
    this.#failed = 0
  }

  /**
   * Counts a failed try and waits until the next may begin. Returns false when there is none, because the tries or the
   * time are used up. Throws CANCELLED when the caller cancels meanwhile.
   */
  async again(): Promise<boolean> {
    const { addresses, signal } = this.#limits
    this.#failed++
    const pauseMs = pauseBeforeMs({ tries: this.#failed, addresses }, Math.random())
    if (this.#failed >= triesMax || this.leftMs < pauseMs + tryMsMin) return false
    try {
      await setTimeout(pauseMs, undefined, signal && { signal })
    } catch (cause) {
      throw trivetError('CANCELLED', {}, { cause })
    }
    return true
  }
}
