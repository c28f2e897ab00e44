import type { Clock, Stop } from './clock.ts'
import { threadStallTicks, tickMs } from './limits.ts'
import type { PulseCell, Thread } from './pulse-cell.ts'

/** What a watchdog stands on. */
export interface WatchdogOptions {
  readonly pulse: PulseCell
  /** The thread that watches; it watches the other one. */
  readonly self: Thread
  readonly clock: Clock
  /** The other thread has not turned for 20 s; told once. */
  readonly stalled: (reason: string) => void
}

/**
 * Watches the other thread of this peer, and shows it that this one goes on. A thread can hang in the kernel: writing to
 * a file of a frozen file system it does not even see a signal, while the rest of the process goes on to accept
 * connections. Only the other thread can end that. (Should both hang at once, nobody here can; `WatchdogSec=` of systemd,
 * or the node's own watchdog, would.)
 *
 * Counts its own turns, not time: in a process that was stopped for a minute both threads have stood still alike.
 */
export function startWatchdog({ pulse, self, clock, stalled }: WatchdogOptions): Stop {
  const other: Thread = self === 'main' ? 'raft' : 'main'
  let last = pulse.read(other)
  let ticks = 0
  return clock.every(tickMs, () => {
    pulse.beat(self)
    const now = pulse.read(other)
    ticks = now === last ? ticks + 1 : 0
    last = now
    if (ticks !== threadStallTicks) return
    stalled(`the ${other} thread has not gone on for ${(threadStallTicks * tickMs) / 1000} s`)
  })
}
