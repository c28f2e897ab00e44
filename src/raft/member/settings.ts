import type { PeerId } from '../core/types.ts'
import type { CompactionLimits } from '../store/compaction.ts'
import type { LogPoint } from './port.ts'
import type { PeerAddress } from '../store/configuration.ts'

/** What a member is told when it starts. Crosses to the worker, so it holds plain values only. */
export interface MemberSettings {
  /** The data directory of the peer; the member keeps everything in its subdirectory `raft`. */
  readonly dataDir: string
  /** Where the peer listener listens: a loopback address; port 0 takes any free port. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly clusterId: string
  readonly self: PeerId
  /**
   * All initial peers, this one among them: they make the first configuration of a new data directory. Or, of a peer
   * that `joins`, itself, and whomever it should dial: the leader dials it in any case.
   */
  readonly peers: readonly PeerAddress[]
  /** The cluster exists: this peer begins with an empty log, and waits until a configuration names it. */
  readonly joins?: boolean
  /** What main has applied durably; committed entries are handed over from the next index on. */
  readonly appliedIndex: number
  /** The state versions that this peer can apply. */
  readonly stateVersions: { readonly min: number; readonly max: number }
  /** Opaque; equal for equal sealing keys. */
  readonly sealingKeyFingerprint: Uint8Array
  /** Main's state is that of a snapshot that has arrived, and was installed just now: the log has to follow it. */
  readonly installed?: LogPoint | undefined
  /** Why main's state must not be believed: the member then starts damaged, and leaves its log alone. */
  readonly damaged?: string
  /** When the log is cut; those of `compaction.ts` unless a test gives others. */
  readonly compactionLimits?: CompactionLimits | undefined
  /** Size of the parts in which a snapshot is sent; that of `limits.ts` unless a test gives another. */
  readonly snapshotChunkBytes?: number | undefined
}
