import type { Clock, Stop } from './clock.ts'

interface Timer {
  dueNs: bigint
  readonly intervalNs: bigint | undefined
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowNs = 1_000_000_000n
  #timers: Timer[] = []
  #deferred: (() => void)[] = []

  nowNs(): bigint {
    return this.#nowNs
  }

  every(intervalMs: number, callback: () => void): Stop {
    const intervalNs = BigInt(intervalMs) * 1_000_000n
    return this.#add({ dueNs: this.#nowNs + intervalNs, intervalNs, callback })
  }

  after(delayMs: number, callback: () => void): Stop {
    return this.#add({ dueNs: this.#nowNs + BigInt(delayMs) * 1_000_000n, intervalNs: undefined, callback })
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback)
  }

  /** Ends the turn, and all turns that follow from it; tells whether there was anything to do. */
  turn(): boolean {
    const any = this.turnOnce()
    while (this.turnOnce());
    return any
  }

  /** Ends the turn: runs what was deferred. */
  turnOnce(): boolean {
    const deferred = this.#deferred
    this.#deferred = []
    for (const callback of deferred) callback()
    return deferred.length > 0
  }

  /** Moves the time and calls what is due on the way, in order. */
  advance(ms: number): void {
    const endNs = this.#nowNs + BigInt(ms) * 1_000_000n
    for (;;) {
      const [next] = this.#timers
        .filter((timer) => timer.dueNs <= endNs)
        .sort((one, other) => (one.dueNs < other.dueNs ? -1 : 1))
      if (next === undefined) break
      this.#nowNs = next.dueNs
      if (next.intervalNs === undefined) this.#remove(next)
      else next.dueNs += next.intervalNs
      next.callback()
    }
    this.#nowNs = endNs
  }

  #add(timer: Timer): Stop {
    this.#timers.push(timer)
    return () => this.#remove(timer)
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
  }
}
