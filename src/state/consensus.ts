/**
 * What the replica needs of consensus. The member of `raft` has this form; its events reach the replica through
 * `onLeadership`, `onCommitted` and `onRefused`, in the order in which they happened.
 */
export interface Consensus {
  /** This peer. */
  readonly id: string
  /**
   * Proposes one entry that this peer evaluated as leader of `term`. It is appended only if this peer leads that very
   * term and `previous` is the last number appended in it; else a refusal names it (log.md, rule 6).
   */
  propose(proposal: {
    readonly term: number
    readonly number: number
    readonly previous: number
    readonly data: Uint8Array
  }): void
  /**
   * Begins a ReadIndex round, or joins one that has not begun yet. Never rejects. Only calls that share a round are
   * given the same promise.
   */
  readIndex(timeoutMs: number): Promise<ReadIndexAnswer>
  /** Tells how far the replica has applied; gives credit for more committed entries. */
  applied(index: number): void
}

/** A change of leader, role or term. Never coalesced with another one (log.md, rule 1). */
export interface Leadership {
  readonly term: number
  readonly role: string
  /** The leader as far as this peer knows; '' if none. */
  readonly leader: string
  /** Of a leader: the index of the first entry of its term. Nothing is evaluated before it is applied. */
  readonly firstIndex: number
}

/** One committed entry. */
export interface CommittedEntry {
  readonly index: number
  readonly term: number
  readonly type: 'normal' | 'conf_change'
  /** Empty in a leader's first entry. A view of a larger buffer: copied if it outlives the call. */
  readonly data: Uint8Array
}

/** This number, and all behind it in this term, were not appended (log.md, rule 7). */
export interface ProposalRefusal {
  readonly term: number
  readonly number: number
  /**
   * `term`: the worker does not lead that term. `gap`: a number before it was refused. `full`: back-pressure.
   * `transfer`: leadership is being handed over; should that fail, this peer goes on in the same term.
   */
  readonly reason: 'term' | 'gap' | 'full' | 'transfer' | 'stopping'
}

/** `ok`: a read is linearizable once `index` is applied; who answered, and in which term. */
export type ReadIndexAnswer =
  | { readonly ok: true; readonly index: number; readonly leader: string; readonly term: number }
  | { readonly ok: false; readonly reason: 'timeout' | 'stopped' | 'damaged' }
