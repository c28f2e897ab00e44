/**
 * The vocabulary of the core, which is etcd's (`go.etcd.io/raft/v3`), with our spelling. Everything here is a value:
 * the core never keeps a reference to something that its caller may change, nor hands one out.
 *
 * Terms and indexes are JavaScript numbers below 2^53; the core asserts it.
 */

/** A peer's id: 16 lower-case hexadecimal digits. Ids order as strings; `none` is the empty string. */
export type PeerId = string

/** No peer. */
export const none: PeerId = ''

/**
 * The pseudo-target that makes entries and hard state durable. Messages to it carry the responses that it must give
 * back.
 */
export const localAppend: PeerId = 'append'

/** The pseudo-target that applies committed entries. */
export const localApply: PeerId = 'apply'

/** What an entry carries. Configuration entries are in a form that fits joint consensus, from the first one. */
export type EntryType = 'normal' | 'conf_change'

/** One entry of the log. A leader's first entry of a term is normal with no data. */
export interface Entry {
  readonly term: number
  readonly index: number
  readonly type: EntryType
  /** Opaque to the core. Empty in a leader's first entry. */
  readonly data: Uint8Array
}

/**
 * The membership. `votersOutgoing` is not empty in a joint configuration only. All lists ascend.
 */
export interface ConfState {
  readonly voters: readonly PeerId[]
  readonly votersOutgoing: readonly PeerId[]
  readonly learners: readonly PeerId[]
  readonly learnersNext: readonly PeerId[]
  readonly autoLeave: boolean
}

/** What happens to one peer. To add a learner that votes is to take its vote away. */
export interface ConfChangeStep {
  readonly kind: 'add_voter' | 'add_learner' | 'remove'
  readonly peer: PeerId
}

/**
 * How the steps of a change are carried out together.
 *
 * - `bootstrap`: from an empty configuration, with nobody to agree with. Entry 1 only.
 * - `auto`: at once if there is one step, else like `joint_implicit`. With no step at all it leaves the joint
 *   configuration.
 * - `joint_implicit`: by way of a joint configuration (thesis §4.3), which the leader leaves by itself.
 * - `joint_explicit`: by way of a joint configuration that stays until somebody proposes to leave it.
 */
export type ConfTransition = 'bootstrap' | 'auto' | 'joint_implicit' | 'joint_explicit'

/** A change of the configuration. Its steps are taken in order. */
export interface ConfChange {
  readonly transition: ConfTransition
  readonly steps: readonly ConfChangeStep[]
}

/** What must be durable before any message that depends on it leaves. */
export interface HardState {
  readonly term: number
  readonly vote: PeerId
  readonly commit: number
}

/** What need not be durable. */
export interface SoftState {
  readonly leader: PeerId
  readonly role: Role
}

export type Role = 'follower' | 'pre_candidate' | 'candidate' | 'leader'

/** The answer to a `readIndex`: a read is linearizable once `index` is applied. */
export interface ReadState {
  readonly index: number
  /** The context that was given to `readIndex`. */
  readonly context: string
  /** Who confirmed it by a round of heartbeats, and in which term it led. */
  readonly leader: PeerId
  readonly term: number
}

/**
 * What a snapshot says about itself: the state after the entry with this index and term was applied, and who took part
 * then. The core knows no more of it; the state itself travels and is stored outside.
 */
export interface SnapshotMetadata {
  readonly index: number
  readonly term: number
  readonly confState: ConfState
}

/**
 * Kinds of message. `hup`, `beat`, `check_quorum`, `unreachable` and `storage_*` are local and never cross the wire.
 */
export type MessageType =
  | 'hup'
  | 'beat'
  | 'check_quorum'
  | 'propose'
  | 'append'
  | 'append_response'
  | 'snapshot'
  | 'vote'
  | 'vote_response'
  | 'pre_vote'
  | 'pre_vote_response'
  | 'heartbeat'
  | 'heartbeat_response'
  | 'read_index'
  | 'read_index_response'
  | 'unreachable'
  | 'timeout_now'
  | 'storage_append'
  | 'storage_append_response'
  | 'storage_apply'
  | 'storage_apply_response'

/** One message; what a kind does not use has its empty value, as in etcd. */
export interface Message {
  readonly type: MessageType
  readonly from: PeerId
  readonly to: PeerId
  /** 0 in local messages and in forwarded `read_index`. */
  readonly term: number
  /** Term of the entry at `index`. */
  readonly logTerm: number
  readonly index: number
  readonly entries: readonly Entry[]
  readonly commit: number
  /**
   * Term of the entry at `commit`, where the receiver can use it: in requests for votes, and in refusals by who does not
   * vote any more. 0 elsewhere, and where the sender does not say how much is committed.
   */
  readonly commitTerm: number
  /**
   * In `storage_append`: the vote to make durable. Term, vote and commit of a `storage_append` are the hard state to
   * write; its term is 0 if that did not change.
   */
  readonly vote: PeerId
  readonly reject: boolean
  readonly rejectHint: number
  /** Of `read_index`, `heartbeat` and their responses; '' is none. `vote` uses 'transfer' for a forced campaign. */
  readonly context: string
  /**
   * Of `snapshot`, and of a `storage_append` and its response that install one. A `snapshot` only names it. It is
   * stepped at its receiver once the state that it names has arrived there.
   */
  readonly snapshot: SnapshotMetadata | undefined
  /** In `storage_append` and `storage_apply`: what to step (messages to itself) or send once it is done, in order. */
  readonly responses: readonly Message[]
}

/**
 * What the core wants done, as in etcd with asynchronous storage writes: entries and hard state stand in a
 * `storage_append` message to `localAppend`, committed entries in a `storage_apply` message to `localApply`, each with
 * the responses that may leave only when it is done. Messages to peers in `messages` may leave at once.
 */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined
  /** Present when it changed; for information, the `storage_append` carries what must be written. */
  readonly hardState: HardState | undefined
  /**
   * Present when one must be installed; for information, the `storage_append` carries it. Its target replaces the whole
   * log by the beginning that the snapshot makes, and the state with its configuration by that of the snapshot, durably
   * and in its place among the writes. Entries up to its index that still wait to be applied are not
   * applied any more; the response of their `storage_apply` is stepped all the same.
   */
  readonly snapshot: SnapshotMetadata | undefined
  readonly readStates: readonly ReadState[]
  readonly messages: readonly Message[]
  /**
   * The `storage_append` must be synced before its responses leave. Without it, the responses leave once everything
   * that was appended before is synced: writes and their responses keep their order in any case.
   */
  readonly mustSync: boolean
}

/** What the core reads from stable storage, synchronously: the worker keeps what is asked for in memory. */
export interface LogReader {
  initialState(): { readonly hardState: HardState; readonly confState: ConfState }
  /**
   * Entries in [low, high), at least one and then as many as fit `maxBytes`.
   * Throws `Compacted` below `firstIndex()` and `Unavailable` above `lastIndex()`.
   */
  entries(low: number, high: number, maxBytes: number): readonly Entry[]
  /** Term of the entry at `index`; also defined for `firstIndex() - 1`. Throws like `entries`. */
  term(index: number): number
  /** The first entry that was not compacted away; `term` still knows the one before it. Never above applied + 1. */
  firstIndex(): number
  lastIndex(): number
  /**
   * The newest snapshot that can be sent, not older than `firstIndex() - 1`. Undefined while there is none: the core
   * asks again when the peer that needs it is heard of the next time.
   */
  snapshot(): SnapshotMetadata | undefined
}

/** Settings of the core. Times are in ticks. */
export interface Config {
  readonly id: PeerId
  /** A follower campaigns after this many ticks, plus a random number below it, without hearing from a leader. */
  readonly electionTicks: number
  readonly heartbeatTicks: number
  /** Index applied before the start; 0 for a new log. */
  readonly applied: number
  readonly maxAppendBytes: number
  readonly maxCommittedBytesPerReady: number
  readonly maxUncommittedBytes: number
  readonly maxInflightMessages: number
  readonly maxInflightBytes: number
  /** A whole number in [0, below), drawn outside: the core has no randomness of its own. */
  readonly random: (below: number) => number
}

/** How a leader replicates to one peer. */
export type ProgressState = 'probe' | 'replicate' | 'snapshot'

/** A picture of the core, for operators and tests. */
export interface Status {
  readonly id: PeerId
  readonly term: number
  readonly vote: PeerId
  readonly commit: number
  /** Of the last committed entry; 0 while that is a snapshot which is being installed. */
  readonly commitTerm: number
  readonly applied: number
  readonly firstIndex: number
  readonly lastIndex: number
  readonly leader: PeerId
  readonly role: Role
  readonly confState: ConfState
  /** Of the leader only: to whom it is handing over. */
  readonly transferee: PeerId
  /** Of the leader only: the next change of the configuration is refused until this is applied. */
  readonly pendingConfIndex: number
  /** Of the leader only, ascending by peer. */
  readonly progress: readonly {
    readonly id: PeerId
    readonly match: number
    readonly next: number
    readonly state: ProgressState
    readonly learner: boolean
    readonly recentActive: boolean
    readonly inflight: number
    /** Index of the snapshot that is on its way to the peer, or 0. */
    readonly pendingSnapshot: number
  }[]
}

/** A proposal that the core does not take; the caller keeps it or refuses it. */
export type ProposeRefusal = 'not_leader' | 'too_much_uncommitted' | 'transferring'

/** A change of the configuration that the core does not take. Nothing was appended. */
export type ConfChangeRefusal =
  | ProposeRefusal
  /** An earlier change may be in the log and not applied. */
  | 'conf_change_pending'
  /** The joint configuration must be left first. */
  | 'joint'
  /** There is no joint configuration to leave. */
  | 'not_joint'
  /** See `checkConfChange`. */
  | 'invalid_conf_change'

/** Why leadership is not handed over. */
export type TransferRefusal = 'not_leader' | 'not_a_voter' | 'already_leader'

/**
 * The core: a value machine. Same state and same input give the same output. No call blocks, throws for what a peer
 * sent, or does anything but change this object; `ready()` tells what the caller must do, in the order given.
 *
 * A message that breaks an invariant (a committed index beyond the log, entries that contradict a committed one)
 * throws `CoreInvariantError`: the caller must end the process, for going on could lose acknowledged entries.
 */
export interface RawNode {
  tick(): void
  /** Takes a message from a peer or a response of a local target. */
  step(message: Message): void
  campaign(): void
  /**
   * Appends one normal entry for each element, as leader: all or none. Several in one call share a replication message.
   * The bytes are kept, so the caller must not change them afterwards.
   */
  propose(data: readonly Uint8Array[]): ProposeRefusal | undefined
  /**
   * Asks for a read index; the answer comes as a `ReadState` with this context, or never if leadership is lost. A context
   * is given once in the life of a peer, across restarts; if one is given again, only the later read is answered.
   */
  readIndex(context: string): void
  /**
   * Appends a change of the configuration, as leader. `data` is what the entry carries, opaque to the core; not empty,
   * for an entry without data leaves the joint configuration. Who applies such an entry calls `applyConfChange`.
   */
  proposeConfChange(change: ConfChange, data: Uint8Array): ConfChangeRefusal | undefined
  /**
   * Takes the change of a configuration entry that is being applied, before the `storage_apply_response` that covers it;
   * `leaveJoint` for an entry without data. Returns the configuration that it makes, which is in force from now on.
   */
  applyConfChange(change: ConfChange): ConfState
  /**
   * Takes a configuration as it is, in place of the one that is in force: for a follower that was told less than the
   * truth, because it has lost entries and must not vote.
   */
  configure(confState: ConfState): void
  /**
   * Hands leadership over to a voter (thesis §3.10): brings it up to date, lets it campaign at once, and takes no
   * proposals meanwhile. Given up after an election time-out. Another call replaces the transfer; the leader itself as
   * target only ends it.
   */
  transferLeader(to: PeerId): TransferRefusal | undefined
  /**
   * Says which voters should rather lead: higher before lower, 0 for those not named. A leader hands over to an equally
   * capable voter of higher priority (`priority.ts`). Advice only: peers may be told different things, safely.
   */
  setPriorities(priorities: ReadonlyMap<PeerId, number>): void
  hasReady(): boolean
  /** Takes what is to be done; the caller must do all of it. */
  ready(): Ready
  /**
   * Has no work, and changes nothing. With asynchronous storage writes, which are always on here, what has been done is
   * told by stepping the responses of `storage_append` and `storage_apply`, and not by advancing.
   */
  advance(): void
  /**
   * A follower forgets its leader, and so may answer another peer's pre-vote at once (etcd's `ForgetLeader`). For a
   * peer that knows by other means that the leader's process is gone; safety rests on votes alone. Nothing otherwise.
   */
  forgetLeader(): void
  reportUnreachable(id: PeerId): void
  /**
   * How the transport of a snapshot to a peer ended. After a failure, or if nobody ever says, no entries are sent to the
   * peer; so this must be called for each `snapshot` message whose state did not reach its receiver.
   */
  reportSnapshot(id: PeerId, delivered: boolean): void
  status(): Status
}
