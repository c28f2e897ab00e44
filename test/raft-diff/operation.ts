import type { ConfChangeStep, ConfTransition } from '../../src/raft/core/types.ts'

/** A peer's number; what the cores call it is in `peerId`. */
export type PeerNumber = number

/**
 * Names a message by where it came from: the `nth` of its type (etcd's number) to its receiver, of those that an
 * operation emitted, at once or behind a write. So it means the same at both sides, whatever else they emitted.
 */
export interface MessageRef {
  readonly op: number
  readonly type: number
  readonly to: PeerNumber
  readonly nth: number
}

/** What happens to one peer. `id` names the operation for ever, also in a shortened schedule. */
export type Operation = { readonly id: number; readonly peer: PeerNumber } & (
  | { readonly kind: 'start'; readonly applied: number }
  /** `keep` writes that were under way were on the disk already. */
  | { readonly kind: 'crash'; readonly keep: number }
  | { readonly kind: 'tick' | 'campaign' | 'forget' }
  /** `first` is the name of the first entry; `sizes` is in units. */
  | { readonly kind: 'propose'; readonly first: number; readonly sizes: readonly number[] }
  | { readonly kind: 'read'; readonly context: string }
  | { readonly kind: 'unreachable' | 'transfer'; readonly to: PeerNumber }
  | { readonly kind: 'snapshot_status'; readonly to: PeerNumber; readonly ok: boolean }
  /** `name` is that of the entry. Without steps it leaves the joint configuration. */
  | { readonly kind: 'propose_conf'; readonly name: number; readonly change: ProposedChange }
  /** Takes a snapshot of the state after `index`, and forgets the log up to there. */
  | { readonly kind: 'compact'; readonly index: number }
  | { readonly kind: 'deliver'; readonly message: MessageRef }
  /** Takes what is to be done. */
  | { readonly kind: 'turn' }
  /** The oldest write is on the disk; then the oldest finished write is answered. */
  | { readonly kind: 'write' | 'respond' | 'apply' }
)

export interface ProposedChange {
  readonly transition: ConfTransition
  readonly steps: readonly { readonly kind: ConfChangeStep['kind']; readonly peer: PeerNumber }[]
}

export type OperationKind = Operation['kind']

/** The settings of both sides. Times are in ticks. */
export interface Settings {
  readonly electionTicks: number
  readonly heartbeatTicks: number
  readonly maxAppendBytes: number
  readonly maxCommittedBytesPerReady: number
  readonly maxUncommittedBytes: number
  readonly maxInflightMessages: number
  readonly maxInflightBytes: number
}

/** What is given before the first operation. */
export interface Setting {
  readonly config: Settings
  readonly peers: number
  readonly voters: readonly PeerNumber[]
  readonly learners: readonly PeerNumber[]
  /** Peers that begin with an empty disk; the others with one that was formatted for this cluster. */
  readonly blank: readonly PeerNumber[]
  /** Of each peer: what it draws for its election time-outs, in turn and over again. */
  readonly draws: readonly (readonly number[])[]
}

/** A schedule that can be repeated and shortened. */
export interface Schedule {
  readonly seed: number
  readonly setting: Setting
  readonly operations: readonly Operation[]
}
