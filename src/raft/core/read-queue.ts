import { invariant } from './invariant.ts'
import { readsPendingMax } from './limits.ts'
import type { PeerId } from './types.ts'

/** A read that waits to be told an index. */
export interface Read {
  /** Who asked; may be the leader itself. */
  readonly from: PeerId
  /** The asker's own name for it; two peers may use the same one. */
  readonly context: string
}

/** A round of heartbeats that proves that this peer still leads at some moment after the round began. */
export interface Round {
  /** Names this round and no other, ever. */
  readonly context: string
  /** The commit index when the round began. */
  readonly index: number
  readonly reads: readonly Read[]
  readonly acknowledged: ReadonlySet<PeerId>
}

/**
 * Reads of a leader (thesis §6.4). One round is under way at a time and serves all reads that were queued before it
 * began; the ones that come later wait for the next, for an answer to an earlier heartbeat proves nothing about them.
 *
 * A round's name is made of the term and a number that only grows, so that a late answer to one round is never taken
 * for an answer to another (etcd#20418 was such a mistake, with stale reads).
 */
export class ReadQueue {
  #waiting: Read[] = []
  #round: (Round & { readonly acknowledged: Set<PeerId> }) | undefined
  #rounds = 0

  get round(): Round | undefined {
    return this.#round
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** No more reads are taken: they are dropped, and their askers ask again. */
  get full(): boolean {
    return this.#waiting.length + (this.#round?.reads.length ?? 0) >= readsPendingMax
  }

  add(read: Read): void {
    if (!this.full) this.#waiting.push(read)
  }

  /** Begins a round for all that wait. */
  begin(start: { readonly term: number; readonly self: PeerId; readonly index: number }): Round {
    invariant(this.#round === undefined, 'one round is under way at a time')
    invariant(this.#waiting.length > 0, 'a round serves somebody')
    this.#rounds++
    this.#round = {
      context: `${start.term}/${this.#rounds}`,
      index: start.index,
      reads: this.#waiting,
      acknowledged: new Set([start.self]),
    }
    this.#waiting = []
    return this.#round
  }

  /** A peer has answered a heartbeat with this context. False if that is not the round under way. */
  acknowledge(from: PeerId, context: string): boolean {
    if (this.#round === undefined || this.#round.context !== context) return false
    this.#round.acknowledged.add(from)
    return true
  }

  /** Ends the round; its reads are to be answered. */
  end(): Round {
    const round = this.#round
    invariant(round !== undefined, 'a round is under way')
    this.#round = undefined
    return round
  }

  /** Leadership is lost: nobody is answered. Numbers of rounds go on. */
  drop(): void {
    this.#waiting = []
    this.#round = undefined
  }
}
