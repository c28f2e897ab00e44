import type { Config } from '../../../src/raft/core/types.ts'
import type { CompactionLimits } from '../../../src/raft/store/compaction.ts'
import type { PeerAddress } from '../../../src/raft/store/configuration.ts'
import type { Operation } from '../clients/operation.ts'
import type { SimNetwork } from '../network/sim-network.ts'
import type { ProcessEvents } from '../peer/process-events.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { Timeline } from './timeline.ts'
import type { Trace } from './trace.ts'

/** Limits of the core that a seed may draw. */
export type CoreLimits = Partial<
  Pick<
    Config,
    'maxAppendBytes' | 'maxCommittedBytesPerReady' | 'maxUncommittedBytes' | 'maxInflightMessages' | 'maxInflightBytes'
  >
>

/** When logs are cut, and in which parts snapshots are sent. */
export interface SnapshotPace {
  /** Undefined: no log ever gets so long that it is cut. */
  readonly compactionLimits: CompactionLimits | undefined
  readonly chunkBytes: number | undefined
}

/** What all peers of a simulation share. */
export interface World {
  readonly timeline: Timeline
  readonly network: SimNetwork
  readonly clusterId: string
  readonly addresses: readonly PeerAddress[]
  /** Those that the cluster began with. */
  readonly founders: readonly PeerAddress[]
  readonly events: ProcessEvents
  readonly trace: Trace
  /** Limits of the core that are smaller than the ordinary ones. */
  readonly coreLimits: CoreLimits
  readonly snapshotPace: SnapshotPace
  /** Looks at an invariant. The first one that does not hold ends the run; whoever looks goes on as if nothing was. */
  check(look: () => void): void
  /** Something that an operator wants done, for the next client that begins something. */
  takeWish(): Operation | undefined
  /** Damage may have cost this peer its history of changes. */
  hasLostHistory(peer: SimPeer): boolean
  /** The revision of the snapshot that this peer installed last: of those before it knows no changes. */
  historyBegin(peer: SimPeer): number
}
