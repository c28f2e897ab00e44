/** The door of the room: everything that other rooms may use. */
export { chainBytes } from './store/chain.ts'
export { clusterIdOf, peerIdOf, type InitialPeer } from './store/cluster-id.ts'
export { compactionLimits, type CompactionLimits } from './store/compaction.ts'
export type { PeerAddress } from './store/configuration.ts'
export { arrivedSnapshotPath, nodeDisk } from './store/disk.ts'
export type { Identity } from './store/identity.ts'
export { examineStore, type Examination } from './store/examine-store.ts'
export type { Position } from './store/read-log.ts'
export { readIdentity } from './store/open-store.ts'
export { makeRecovered, requireUnlocked } from './store/recover-store.ts'
export type { PeerId, ProgressState, Role } from './core/types.ts'
export { startMember, type MemberOptions } from './member/start-member.ts'
export type { MemberSettings } from './member/settings.ts'
export { createDie, type DeathCode, type Die, type DiePorts } from './member/die.ts'
export { endProcess, writeErrorLine } from './member/end-process.ts'
export type { Lease } from './member/lease-cell.ts'
export type {
  CommittedEntry,
  Leadership,
  LogPoint,
  LogRecord,
  MadeSnapshot,
  Member,
  MemberEvents,
  MemberStatus,
  PeerConnection,
  Proposal,
  ReadIndexAnswer,
  RefusalReason,
} from './member/port.ts'
export { entrySizeBytesMax, relaySizeBytesMax } from './transport/limits.ts'
