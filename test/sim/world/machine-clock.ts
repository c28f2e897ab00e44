import type { Clock as StateClock } from '../../../src/lib/clock.ts'
import type { Clock as RaftClock } from '../../../src/raft/member/clock.ts'
import type { Scheduler } from '../../../src/state/scheduler.ts'
import type { Thread } from './thread.ts'
import type { Timeline } from './timeline.ts'

/** When the simulated world began, as its wall clocks say. */
const beginningMs = Date.UTC(2026, 0, 1)

/**
 * The clocks of one machine: a monotonic one that may run a little fast or slow, and a wall clock that somebody sets.
 * They outlive processes.
 */
export class MachineClock implements StateClock {
  readonly #timeline: Timeline
  #rate = 1
  #baseWorldUs = 0
  #baseLocalUs: number
  #wallRate = 1
  #wallWorldUs = 0
  #wallBaseMs = beginningMs

  /** `localUs`: what the monotonic clock says at the beginning; those of two machines have nothing in common. */
  constructor(timeline: Timeline, localUs: number) {
    this.#timeline = timeline
    this.#baseLocalUs = localUs
  }

  /** Microseconds of the monotonic clock. */
  localUs(): number {
    return this.#baseLocalUs + (this.#timeline.nowUs - this.#baseWorldUs) * this.#rate
  }

  monotonicMs(): number {
    return this.localUs() / 1000
  }

  wallMs(): number {
    return this.#wallBaseMs + ((this.#timeline.nowUs - this.#wallWorldUs) * this.#wallRate) / 1000
  }

  nowNs(): bigint {
    return BigInt(Math.floor(this.localUs())) * 1000n
  }

  /** The monotonic clock runs so fast from now on; 1 is right. */
  drift(rate: number): void {
    this.#baseLocalUs = this.localUs()
    this.#baseWorldUs = this.#timeline.nowUs
    this.#rate = rate
  }

  /** The machine stood still with all others, and its clocks count how long. */
  skip(ms: number): void {
    this.#baseLocalUs += ms * 1000
    this.#wallBaseMs += ms
  }

  driftWall(rate: number): void {
    this.#wallBaseMs = this.wallMs()
    this.#wallWorldUs = this.#timeline.nowUs
    this.#wallRate = rate
  }

  jumpWall(ms: number): void {
    this.#wallBaseMs += ms
  }

  /** How long the world waits while this machine counts so many milliseconds. */
  worldUs(ms: number): number {
    return (ms * 1000) / this.#rate
  }

  /** The clock as a thread of the consensus sees it. */
  forMember(thread: Thread): RaftClock {
    return {
      nowNs: () => this.nowNs(),
      defer: (callback) => thread.defer(callback),
      after: (delayMs, callback) => {
        const moment = thread.after(this.worldUs(delayMs), () => moment.run && callback())
        return () => void (moment.run = undefined)
      },
      every: (intervalMs, callback) => {
        let isOver = false
        const next = () => {
          if (isOver) return
          callback()
          thread.after(this.worldUs(intervalMs), next)
        }
        thread.after(this.worldUs(intervalMs), next)
        return () => void (isOver = true)
      },
    }
  }

  /** The event loop as the state's thread sees it. */
  schedulerOf(thread: Thread): Scheduler {
    return {
      soon: (task) => thread.defer(task),
      after: (delayMs, task) => {
        const moment = thread.after(this.worldUs(delayMs), () => moment.run && task())
        return () => void (moment.run = undefined)
      },
    }
  }
}
