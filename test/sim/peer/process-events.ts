import type { CommittedEntry, Leadership } from '../../../src/raft/member/port.ts'
import type { EndOfProcess } from '../disk/sim-disk.ts'
import type { SimPeer } from './sim-peer.ts'

/** What the world sees of a process, in the turn in which it happens there. */
export interface ProcessEvents {
  /** It works, or is damaged. */
  started(peer: SimPeer): void
  /** It takes no part, because what is on its disk cannot be believed. */
  damaged(peer: SimPeer, reason: string): void
  /** It lost entries, and takes no part until the others have brought them back; '' once they have. */
  repairing(peer: SimPeer, reason: string): void
  /** What is kept of its state cannot be believed, and is made anew from the log. */
  rebuilds(peer: SimPeer, reason: string): void
  /** Its main thread has opened the state. */
  opened(peer: SimPeer): void
  /** The state is that of a snapshot that another peer has sent. */
  installs(peer: SimPeer, index: number): void
  /** A snapshot that another peer has sent is not what it should be. */
  refusesSnapshot(peer: SimPeer, reason: string): void
  leadership(peer: SimPeer, leadership: Leadership): void
  /** Handed over for applying. */
  committed(peer: SimPeer, entries: readonly CommittedEntry[]): void
  /** A proposal has left the main thread. */
  proposed(peer: SimPeer, term: number): void
  /** The process ends itself. */
  dies(peer: SimPeer, code: string, reason: string): void
  /** It does not start, and says why. */
  refuses(peer: SimPeer, reason: string): void
  ended(peer: SimPeer, how: EndOfProcess): void
}
