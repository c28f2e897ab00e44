/** Ends what was begun; no effect if it has ended. */
export type Stop = () => void

/** Time as the member sees it; a fake in tests. */
export interface Clock {
  /** A monotonic clock, the same in every thread of the process. */
  nowNs(): bigint
  /** Calls again and again. A late call is not made up for: between two calls there is always the whole interval. */
  every(intervalMs: number, callback: () => void): Stop
  after(delayMs: number, callback: () => void): Stop
  /** Calls once everything that has already arrived in this turn of the event loop has been handled. */
  defer(callback: () => void): void
}

/** The clock of the system. */
export const systemClock: Clock = {
  nowNs: () => process.hrtime.bigint(),
  every: (intervalMs, callback) => {
    const timer = setInterval(callback, intervalMs)
    return () => clearInterval(timer)
  },
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  defer: (callback) => {
    setImmediate(callback)
  },
}
