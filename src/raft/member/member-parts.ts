import type { Config, LogReader, PeerId, RawNode } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import type { Files } from '../store/files.ts'
import type { LogStore } from '../store/log-store.ts'
import type { Clock } from './clock.ts'
import type { Die } from './die.ts'
import type { LeaseCell } from './lease-cell.ts'
import type { Outlet } from './outlet.ts'

/** What a member stands on. */
export interface MemberParts {
  readonly self: PeerId
  readonly peers: readonly PeerAddress[]
  readonly appliedIndex: number
  readonly store: LogStore
  /** Of the data directory. */
  readonly files: Files
  readonly createCore: (config: Config, reader: LogReader) => RawNode
  readonly clock: Clock
  /** A whole number in [0, below). */
  readonly random: (below: number) => number
  /** Unique for each start of the process. */
  readonly incarnation: string
  readonly lease: LeaseCell
  readonly outlet: Outlet
  readonly die: Die
  /** Why the log has to be repaired before this peer votes again; the store is muted then. */
  readonly reason?: string
  /** See `MemberSettings`. */
  readonly snapshotChunkBytes?: number | undefined
}
