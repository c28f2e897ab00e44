import type { CancelTimer, Clock } from './clock.ts'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still until a test moves it. Timers run in the order of their time, then of their making. */
export class ManualClock implements Clock {
  #nowMs = 0
  #order = 0
  #due: Due[] = []

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const due = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#due.push(due)
    return () => {
      this.#due = this.#due.filter((other) => other !== due)
    }
  }

  /** Moves time on by `byMs`, running what falls due, timers made meanwhile included. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = next.atMs
      this.#due = this.#due.filter((other) => other !== next)
      next.run()
    }
    this.#nowMs = endMs
  }

  #next(endMs: number): Due | undefined {
    return this.#due.filter((due) => due.atMs <= endMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
  }
}
