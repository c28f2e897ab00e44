import { Inflights, type InflightLimits } from './inflights.ts'
import { invariant } from './invariant.ts'
import type { ProgressState } from './types.ts'

/**
 * What a leader knows of one peer's log, and how it replicates to it.
 *
 * `probe`: where the logs agree is not known; one message at a time, then a pause until it is answered or the next
 * heartbeat is. `replicate`: it is known; messages follow each other without waiting, as far as the window allows.
 * `snapshot`: the peer needs what the log no longer holds; nothing is sent until the transport of the snapshot has ended
 * or the peer acknowledges something that the log can be continued from.
 */
export class Progress {
  /** The log of the peer is known to agree up to here. */
  match = 0
  /** The next entry to send. Entries between `match` and `next` are in flight when replicating. */
  next: number
  state: ProgressState = 'probe'
  learner: boolean
  /** Whether the peer was heard of since the last check of the quorum. */
  recentActive = false
  /** Index of the snapshot that is on its way to the peer; 0 unless in the state `snapshot`. */
  pendingSnapshot = 0
  readonly inflights: Inflights
  /** The highest commit index on its way to the peer. */
  #sentCommit = 0
  /** Nothing is sent until the peer answers something. */
  #paused = false

  constructor(options: { readonly next: number; readonly learner: boolean; readonly limits: InflightLimits }) {
    invariant(options.next > 0, 'the next entry to send has an index')
    this.next = options.next
    this.learner = options.learner
    this.inflights = new Inflights(options.limits)
  }

  get paused(): boolean {
    return this.#paused || this.state === 'snapshot'
  }

  /** Nothing is sent until the peer answers something. */
  pause(): void {
    this.#paused = true
  }

  /** Any answer of the peer may end the pause, also one to a heartbeat: it shows that messages get through. */
  resume(): void {
    this.#paused = false
  }

  /** After a snapshot that was delivered, probing begins behind it. */
  becomeProbe(): void {
    this.next = Math.max(this.match, this.pendingSnapshot) + 1
    this.#changeState('probe')
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1)
  }

  becomeSnapshot(index: number): void {
    this.#changeState('snapshot')
    this.pendingSnapshot = index
    this.next = index + 1
    this.#sentCommit = index
  }

  becomeReplicate(): void {
    this.#changeState('replicate')
    this.next = this.match + 1
  }

  /** An append with this many entries was sent. */
  sentEntries(sent: { readonly count: number; readonly bytes: number }): void {
    if (this.state === 'replicate') {
      if (sent.count > 0) {
        this.next += sent.count
        this.inflights.add({ lastIndex: this.next - 1, bytes: sent.bytes })
      }
      // With a full window only an empty append goes out now and then, as a probe: should all of the window be lost,
      // its rejection is what tells.
      this.#paused = this.inflights.full
      return
    }
    invariant(this.state === 'probe', 'nothing is sent while a snapshot is on its way')
    if (sent.count > 0) this.#paused = true
    invariant(this.match < this.next, 'what a peer has is not sent again')
  }

  sentCommit(commit: number): void {
    this.#sentCommit = commit
  }

  /** Whether the peer would learn something from this commit index that is not already on its way. */
  canBumpCommit(commit: number): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.next - 1
  }

  /** The peer has everything up to `index`. False if that is no news. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false
    this.match = index
    this.next = Math.max(this.next, index + 1)
    this.#paused = false
    return true
  }

  /**
   * The peer has no entry that fits at `rejected`; its log may agree at `hint`. False if that is an answer to something
   * older than what is known since, for answers may be late or doubled.
   */
  reject(rejection: { readonly rejected: number; readonly hint: number }): boolean {
    const { rejected, hint } = rejection
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false
      this.next = this.match + 1
    } else {
      // A probe waits for its answer, so only the rejection of the last one is news.
      if (this.next - 1 !== rejected) return false
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1)
      this.#paused = false
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1)
    invariant(this.match < this.next, 'what a peer has is not sent again')
    return true
  }

  #changeState(state: ProgressState): void {
    this.state = state
    this.pendingSnapshot = 0
    this.#paused = false
    this.inflights.reset()
  }
}
