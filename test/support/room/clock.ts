/**
 * Room time: milliseconds of what servers do (power delays, firmware, sleeping scripts, time-outs of nodes).
 * It runs `speed` times as fast as real time, so that a test need not wait for a server that takes its time.
 * What clients of the BMCs see on the wire (latency, session and lock-out times) is not room time.
 */
export interface Clock {
  /** Room milliseconds since the clock was made; never goes back. */
  nowMs(): number
  /** Calls `run` once, `delayMs` of room time from now, unless cancelled before. */
  after(delayMs: number, run: () => void): CancelTimer
}

export type CancelTimer = () => void

/** Real time, multiplied. */
export class ScaledClock implements Clock {
  readonly #speed: number
  readonly #startMs = performance.now()

  constructor(options: { readonly speed: number }) {
    if (!(options.speed > 0)) throw new Error(`speed must be above 0, not ${options.speed}`)
    this.#speed = options.speed
  }

  nowMs(): number {
    return (performance.now() - this.#startMs) * this.#speed
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = setTimeout(run, delayMs / this.#speed)
    return () => clearTimeout(timer)
  }
}

/** Waits `delayMs` of room time. Rejects with the signal's reason as soon as it fires. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    const aborted = () => {
      cancel()
      reject(signal.reason as Error)
    }
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    signal.addEventListener('abort', aborted, { once: true })
  })
}
