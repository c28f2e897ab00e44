import type { MembershipChange } from '../store/conf-change-entry.ts'
import type { ConfChangeAnswer, LogPoint, MadeSnapshot, MemberStatus, Proposal, TransferAnswer } from './port.ts'

/** What the worker does for main: either a member that works or one that is damaged. */
export interface Runtime {
  propose(proposal: Proposal): void
  readIndex(read: { readonly id: number; readonly timeoutMs: number }): void
  applied(index: number): void
  stateSynced(index: number): void
  /** See `Member`. */
  logPoint(index: number): LogPoint | undefined
  snapshotMade(snapshot: MadeSnapshot | undefined): void
  /** See `Member`. */
  transferLeader(to: string): TransferAnswer
  /** See `Member`. */
  proposeConfChange(change: MembershipChange): ConfChangeAnswer
  relay(to: string, payload: Uint8Array): void
  /** Main has handled relayed messages of so many bytes. */
  relaysTaken(bytes: number): void
  /** Main has answered a `probe`. */
  probeAnswered(): void
  status(): MemberStatus
  /** Nothing is told any more once it has resolved. */
  stop(): Promise<void>
  /** Closes the sockets in this turn; nothing is done any more. */
  kill(): void
}
