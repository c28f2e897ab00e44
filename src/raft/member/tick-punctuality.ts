import { tickMs, tickSlackMs } from './limits.ts'

const latestNs = BigInt(tickMs + tickSlackMs) * 1_000_000n

/**
 * Counts ticks that came later behind the one before than their slack allows. Nothing that happens in the main thread,
 * in the thread pool or at the disk may hold a tick up: heartbeats leave with them.
 */
export class TickPunctuality {
  readonly #nowNs: () => bigint
  #lastNs: bigint | undefined
  #late = 0

  constructor(nowNs: () => bigint) {
    this.#nowNs = nowNs
  }

  get late(): number {
    return this.#late
  }

  tick(): void {
    const nowNs = this.#nowNs()
    if (this.#lastNs !== undefined && nowNs - this.#lastNs > latestNs) this.#late++
    this.#lastNs = nowNs
  }
}
