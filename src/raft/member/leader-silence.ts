import type { Die } from './die.ts'
import { DiskWatch } from './disk-watch.ts'
import type { KnownLeadership } from './known-leadership.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Outlet } from './outlet.ts'

/** What a `LeaderSilence` stands on. */
export interface LeaderSilencePorts {
  readonly store: { readonly busy: boolean; readonly syncs: number }
  readonly lease: Pick<LeaseKeeper, 'leads'>
  readonly outlet: Pick<Outlet, 'log'>
  readonly die: Die
  known(): KnownLeadership
}

/**
 * A leader whose disk does not answer neither speaks nor hears answers, until its own check of the quorum, or a new
 * leader, makes it step down. A disk that goes on hanging ends the process.
 */
export class LeaderSilence {
  readonly #ports: LeaderSilencePorts
  readonly #disk = new DiskWatch()
  #isSilent = false
  #works = true

  constructor(ports: LeaderSilencePorts) {
    this.#ports = ports
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Whether the disk takes what is written, also where this peer does not lead. */
  get diskWorks(): boolean {
    return this.#works
  }

  /** Counts ticks, not time: a process that was stopped for a minute has not waited for its disk for a minute. */
  tick(): void {
    const state = this.#disk.tick(this.#ports.store)
    this.#works = state === 'works'
    this.#set(state !== 'works' && this.#ports.known().role === 'leader')
    if (state !== 'dead') return
    this.#ports.die('log_write_stalled', `a write to the log has not ended within ${DiskWatch.deadAfterS} s`)
  }

  #set(isSilent: boolean): void {
    if (isSilent === this.#isSilent) return
    this.#isSilent = isSilent
    const { lease, outlet } = this.#ports
    const { role, term } = this.#ports.known()
    lease.leads(!isSilent && role === 'leader' ? term : 0)
    const message = isSilent ? 'the disk does not answer: this leader falls silent' : 'the disk answers again'
    outlet.log({ level: 'error', message, fields: { term } })
  }
}
