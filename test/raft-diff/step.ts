import type { DifferenceName } from './known-differences.ts'
import type { Operation, PeerNumber } from './operation.ts'
import type { WaitingRead } from './read-mirror.ts'
import type { Hints } from './reshaping.ts'
import type { ConfState, Ready } from '../../src/raft/core/types.ts'

/** What an operation did with us, and what etcd is told to do. */
export interface Step {
  readonly operation: Operation
  /** The operation as etcd is told it; undefined if it is not given to etcd now. */
  readonly forEtcd: EtcdOperation | undefined
  /** An `Observation` as JSON, or what made the core stop. */
  readonly observed: string
  readonly hints: Hints
  /** Differences that were met without comparing anything. */
  readonly known: readonly DifferenceName[]
}

/** An operation in the words of `etcd-node/schedule.go`. */
export type EtcdOperation = { readonly id: number; readonly kind: string; readonly peer: PeerNumber } & Readonly<
  Record<string, unknown>
>

/** What a turn's write does to entries that the log held. */
export type Overwrites = 'nothing' | 'entries' | 'entries being written'

/** What the kind of an operation says after it was carried out. */
export interface Done {
  /** Undefined if etcd does not get the operation; then it must have changed nothing here. */
  readonly forEtcd: EtcdOperation | undefined
  readonly refused?: boolean
  readonly overwrites?: Overwrites
  readonly confState?: ConfState
  readonly ready?: Ready
  readonly readsBegun?: number
  readonly answeredHere?: readonly WaitingRead[]
  readonly known?: readonly DifferenceName[]
}
