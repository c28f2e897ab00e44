import { mainProbeMs, mainStallMs, standstillMsMax } from './limits.ts'

export interface MainWatchOptions {
  /** Asks main whether it takes packets. */
  ask(): void
  nowNs(): bigint
}

/**
 * Notices that the main thread does not answer: it is asked again and again whether it takes packets, and one question
 * is on its way at a time. A leader whose main is stuck evaluates nothing, applies nothing and answers nobody, while its
 * heartbeats, which need no main, would keep everybody else from leading.
 *
 * Only time in which this thread ran counts, or nearly so: in a process that was stopped as a whole, or got no CPU, main
 * could not answer either.
 */
export class MainWatch {
  readonly #options: MainWatchOptions
  #lastNs: bigint
  #restMs = 0
  /** Undefined while main owes no answer. */
  #waitedMs: number | undefined
  #stalls = 0

  constructor(options: MainWatchOptions) {
    this.#options = options
    this.#lastNs = options.nowNs()
  }

  /** Times that main became stuck. */
  get stalls(): number {
    return this.#stalls
  }

  get isStuck(): boolean {
    return this.#waitedMs !== undefined && this.#waitedMs >= mainStallMs
  }

  /** Called with each tick. */
  tick(): void {
    const passedMs = this.#passedMs()
    if (this.#waitedMs === undefined) return this.#rest(passedMs)
    const wasStuck = this.isStuck
    this.#waitedMs += passedMs
    if (this.isStuck && !wasStuck) this.#stalls++
  }

  answered(): void {
    this.#waitedMs = undefined
  }

  #rest(passedMs: number): void {
    this.#restMs += passedMs
    if (this.#restMs < mainProbeMs) return
    this.#restMs = 0
    this.#waitedMs = 0
    this.#options.ask()
  }

  #passedMs(): number {
    const nowNs = this.#options.nowNs()
    const passedMs = Number(nowNs - this.#lastNs) / 1e6
    this.#lastNs = nowNs
    return Math.min(passedMs, standstillMsMax)
  }
}
