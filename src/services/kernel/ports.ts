import type { Reader } from '../../state/read.ts'
import type { WriteAnswer, WriteRequest } from '../../state/write-request.ts'

/** What the kernel needs of this peer's replica of the state. */
export interface AppliedState {
  reader(): Reader
  /**
   * `ok` when a ReadIndex round that began after the call is applied here; not `ok` when none was within `timeoutMs`.
   */
  linearizable(timeoutMs: number): Promise<{ readonly ok: boolean }>
  /** Resolves when this peer has applied the transaction of this revision; rejects when `signal` aborts. */
  whenRevision(revision: number, signal: AbortSignal): Promise<void>
}

/** The write path of the leader. Rejects with `NotLeader`, `Refused`, or OUTCOME_UNKNOWN. */
export interface LeaderWrites {
  submit(request: WriteRequest): Promise<WriteAnswer>
}

/** Who leads, and the way to the main threads of the other peers. */
export interface PeerLink {
  readonly self: string
  /** The leader as far as this peer knows, '' if none. */
  leader(): string
  /** At most once, in order per peer; false if not connected. */
  relay(to: string, payload: Uint8Array): boolean
}
