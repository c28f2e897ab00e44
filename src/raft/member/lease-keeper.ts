import type { ReadState } from '../core/types.ts'
import type { LeaseCell } from './lease-cell.ts'
import { leaseMs } from './limits.ts'

/** Rounds on their way; the oldest is forgotten. */
const roundsMax = 16

const leaseNs = BigInt(leaseMs) * 1_000_000n

export interface LeaseKeeperOptions {
  readonly cell: LeaseCell
  /** Unique for each start of the process. */
  readonly prefix: string
  ask(context: string): void
  nowNs(): bigint
}

/**
 * Renews the leader's lease. A follower that heard a heartbeat answers no other candidate for an election time-out
 * (check-quorum, thesis §6.4.1); so once a majority has answered a round, nobody else can be leader until that time has
 * passed since the round *began*, of which the lease takes a part.
 *
 * A follower whose leader's process is gone (its connections reset, and refused when dialled) does not wait so long.
 * So the lease also ends as soon as this peer is not connected with a majority. And whom the leader itself has told to
 * campaign is turned away by nobody: there is none while leadership is handed over.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions
  /** Rounds that may still be answered, by context, with the time at which they began. */
  #rounds = new Map<string, bigint>()
  #counter = 0
  #term = 0
  #endsAtNs = 0n
  #connected = false
  #handsOver = false

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
  }

  /** This peer leads `term`, or not any more: 0. */
  leads(term: number): void {
    if (term === this.#term) return
    this.#term = term
    this.#end()
  }

  /** Whether this peer is connected with a majority, itself included. */
  connected(connected: boolean): void {
    if (connected === this.#connected) return
    this.#connected = connected
    this.#end()
  }

  /** Whether somebody was told, or is about to be told, that it may lead in place of this peer. */
  handsOver(handsOver: boolean): void {
    if (handsOver === this.#handsOver) return
    this.#handsOver = handsOver
    this.#end()
  }

  /** Another quorum counts from now on: what was answered before was answered for the one of before. */
  quorumChanged(): void {
    this.#end()
  }

  /** Begins a round; called about once for each heartbeat. */
  renew(): void {
    if (this.#term === 0 || !this.#connected || this.#handsOver) return
    const context = `${this.#options.prefix}-${++this.#counter}`
    // The time is taken before anything is sent: a lease that is too short is safe, one that is too long is not.
    this.#rounds.set(context, this.#options.nowNs())
    for (const oldest of this.#rounds.keys()) {
      if (this.#rounds.size <= roundsMax) break
      this.#rounds.delete(oldest)
    }
    this.#options.ask(context)
  }

  /** The core has an answer, which may be of a round of somebody else. */
  answered(state: ReadState): void {
    const beganAtNs = this.#rounds.get(state.context)
    if (beganAtNs === undefined || state.term !== this.#term) return
    this.#rounds.delete(state.context)
    const endsAtNs = beganAtNs + leaseNs
    if (endsAtNs <= this.#endsAtNs) return
    this.#endsAtNs = endsAtNs
    this.#options.cell.write({ term: this.#term, endsAtNs })
  }

  #end(): void {
    this.#rounds = new Map()
    this.#endsAtNs = 0n
    this.#options.cell.clear()
  }
}
