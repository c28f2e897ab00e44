import type { ConfChangeRefusal, ConfState, EntryType, PeerId, Role, Status } from '../core/types.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import type { PeerAddress } from '../store/configuration.ts'

/**
 * How the main thread speaks with the member (core, log and peer transport), which lives in a thread of its own.
 * Events arrive in the order in which they happened, whole loop turns at a time; calls leave in the order of the calls.
 */
export interface Member {
  readonly id: PeerId

  /** `host:port` of the peer listener as it is bound. */
  readonly address: string

  /**
   * Proposes one entry, evaluated by main as leader of `term`. The worker appends it only if it leads that very term
   * and `previous` is the last number that it appended in it (log.md, rule 6); otherwise a `refused` event names it.
   */
  propose(proposal: Proposal): void

  /**
   * Begins a ReadIndex round, or joins the one that has not begun yet. Never rejects: a round that is lost is
   * repeated until `timeoutMs` is over. Only calls that share a round are given the same promise.
   */
  readIndex(timeoutMs: number): Promise<ReadIndexAnswer>

  /** Tells how far main has applied; gives the worker credit to hand over more committed entries. */
  applied(index: number): void

  /** Tells up to where the state survives the loss of power: that much of the log may be cut off. */
  stateSynced(index: number): void

  /** What a snapshot at this index must say of the log; undefined if the log does not hold it any more, or not yet. */
  logPoint(index: number): Promise<LogPoint | undefined>

  /** Main has made the snapshot that was wanted; undefined if it could not. */
  snapshotMade(snapshot: MadeSnapshot | undefined): void

  /**
   * Hands leadership over to another voter. Until that has ended nothing is appended, and there is no lease; given up
   * after an election time-out. What becomes of it is told by `leadership`.
   */
  transferLeader(to: PeerId): Promise<TransferAnswer>

  /**
   * Appends a change of who takes part, as leader. It counts once it is committed and handed over to be applied; then
   * `configuration` tells it, with the index in the answer or a later one.
   */
  proposeConfChange(change: MembershipChange): Promise<ConfChangeAnswer>

  /** Sends opaque bytes to the main thread of another peer. At most once, in order per peer; false if not connected. */
  relay(to: PeerId, payload: Uint8Array): boolean

  /**
   * The end of the leader's lease: no other peer can have become leader before `endsAtNs` of `process.hrtime.bigint()`,
   * as long as this peer's connections to a majority stand. When they reset, the others need not wait for the end, and
   * the lease is cleared in the worker's very turn that sees it, 50 ms before any of them stands at the earliest.
   * There is none while leadership is handed over.
   * Read from shared memory, so it is right in the very loop turn. `term` is 0 when this peer does not lead.
   */
  lease(): { readonly term: number; readonly endsAtNs: bigint }

  /** Rejects with NOT_READY once the member is stopping. */
  status(): Promise<MemberStatus>

  /** Ends replication, syncs and closes the log, closes the peer listener. */
  stop(): Promise<void>
}

/** Where a log goes on behind a snapshot. */
export interface LogPoint {
  readonly index: number
  readonly term: number
  readonly chain: Uint8Array
  /** The configuration at this index: a `trivet.raft.v1.Configuration`. */
  readonly configuration: Uint8Array
}

/** A snapshot file that can be sent. */
export interface MadeSnapshot {
  readonly id: string
  readonly index: number
  readonly term: number
  readonly sizeBytes: number
  /** Relative to the data directory. */
  readonly file: string
}

/** One entry on its way to the log. */
export interface Proposal {
  readonly term: number
  /** Never used again within its term, not even after a refusal. Starts anywhere above 0. */
  readonly number: number
  /** The number proposed before it in the same term; 0 for the first of a term. */
  readonly previous: number
  readonly data: Uint8Array
}

/** What the worker tells main. */
export interface MemberEvents {
  /** Never coalesced: each change of leader, role or term is one event, in order with the others (log.md, rule 1). */
  leadership(leadership: Leadership): void
  /** Committed entries in index order without gaps. `main` applies them and answers with `applied`. */
  committed(entries: readonly CommittedEntry[]): void
  /** This number and all numbers behind it in this term were not appended (log.md, rule 7). */
  refused(refusal: { readonly term: number; readonly number: number; readonly reason: RefusalReason }): void
  /** Who takes part, from now on: at the start, and with each change, before its entry is handed over. */
  configuration(configuration: MemberConfiguration): void
  relayed(message: { readonly from: PeerId; readonly payload: Uint8Array }): void
  /** The connection for relays to a peer came up or went down; what was on its way may be lost. */
  connection(change: { readonly peer: PeerId; readonly connected: boolean }): void
  /** The log is damaged: the member neither votes nor replicates any more, and says why. */
  damaged(reason: string): void
  /**
   * The log has lost entries, which the leader sends again: until then the member does not vote, and answers no read.
   * Says why; '' once it is repaired.
   */
  repairing(reason: string): void
  /**
   * The log has grown long, and could be cut up to this index if the state were durable there. Main makes it so, and
   * answers with `stateSynced`; as far as it has applied, if that is less.
   */
  syncWanted(index: number): void
  /** Another peer needs what the log no longer holds. Main makes a snapshot, and answers with `snapshotMade`. */
  snapshotWanted(): void
  /** Nobody needs this one any more: its file may go. */
  snapshotUnused(id: string): void
  /**
   * A snapshot of the state at this index lies in the data directory, whole. The member does nothing any more: main
   * stops this peer and starts it again, which installs it.
   */
  snapshotArrived(index: number): void
}

export interface Leadership {
  readonly term: number
  readonly role: Role
  /** The leader as far as this peer knows; '' if none. */
  readonly leader: PeerId
  /** Of a leader: the index of the first entry of its term. Main evaluates nothing before it has applied it. */
  readonly firstIndex: number
}

export interface CommittedEntry {
  readonly index: number
  readonly term: number
  readonly type: EntryType
  /** Empty in a leader's first entry. A view of a larger buffer: copy what outlives the call. */
  readonly data: Uint8Array
}

/**
 * `term`: the worker does not lead that term. `gap`: a number before it was refused. `full`: too much uncommitted.
 * `transfer`: leadership is being handed over, which may fail: then this peer goes on in the same term.
 */
export type RefusalReason = 'term' | 'gap' | 'full' | 'transfer' | 'stopping'

/** A configuration, with everybody's address. */
export interface MemberConfiguration extends ConfState {
  /** The entry that made it; 0 before the first. */
  readonly index: number
  readonly peers: readonly PeerAddress[]
}

/** `ok`: the change is in the log of this leader, and may yet be lost with its term. Else nothing has changed. */
export type ConfChangeAnswer =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | { readonly ok: false; readonly reason: ConfChangeRefusalReason }

/** `invalid_peer`: an id, name or address that is none, or that somebody else has. */
export type ConfChangeRefusalReason = ConfChangeRefusal | 'invalid_peer' | 'damaged' | 'stopped'

/** `ok`: a transfer has begun. Else nothing has changed. */
export type TransferAnswer =
  | { readonly ok: true; readonly term: number }
  | { readonly ok: false; readonly reason: TransferRefusalReason }

/**
 * `under_way`: one at a time. `not_connected`: the target cannot be reached, or cannot answer; to wait for it would cost
 * an election time-out of refused writes.
 */
export type TransferRefusalReason =
  | 'not_leader'
  | 'not_a_voter'
  | 'already_leader'
  | 'under_way'
  | 'not_connected'
  | 'damaged'
  | 'stopped'

export type ReadIndexAnswer =
  | {
      readonly ok: true
      /** A read is linearizable once this index is applied. */
      readonly index: number
      /** Who answered the round, and in which term. */
      readonly leader: PeerId
      readonly term: number
    }
  | { readonly ok: false; readonly reason: 'timeout' | 'stopped' | 'damaged' }

export interface MemberStatus extends Status {
  readonly peers: readonly PeerConnection[]
  readonly damaged: string | undefined
  readonly firstIndex: number
  /** Bytes of the entries that the log holds. */
  readonly logBytes: number
  /** Synced write batches since the start, for tests and metrics that count instead of timing. */
  readonly syncs: number
  readonly messagesSent: number
  readonly messagesReceived: number
  /** Messages that were not sent, because nothing connected or too much was waiting. */
  readonly messagesDropped: number
  /** Proposals that were appended, and proposals that were refused. */
  readonly proposalsAppended: number
  readonly proposalsRefused: number
  /** Times that the core was asked for a read index, without those of the lease. */
  readonly readsAsked: number
  /** Changes of leader, role or term. */
  readonly leadershipChanges: number
  /** Times that this peer became leader. */
  readonly electionsWon: number
  /** Times that main did not answer for so long that it cost leadership, or would have. */
  readonly mainStalls: number
  /** Ticks of the worker that came later than a named slack: heartbeats waited for them. */
  readonly lateTicks: number
}

export interface PeerConnection {
  readonly id: PeerId
  readonly name: string
  readonly address: string
  readonly connected: boolean
  /** Why the last attempt failed; '' when it did not. */
  readonly lastError: string
}

/** Something that the operator of this peer should be able to read. */
export interface LogRecord {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  /** Names as in all logs of trivet: `peer`, `term`, `index`. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
}
