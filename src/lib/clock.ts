/** The port to the two clocks of a machine. What decides anything asks the monotonic one; the wall clock is shown. */
export interface Clock {
  /** Milliseconds since 1970, UTC. Jumps when somebody sets it. */
  wallMs(): number
  /** Milliseconds since some moment, with fractions; never goes back. Comparable within one thread only. */
  monotonicMs(): number
}

/** The clocks of this machine. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
