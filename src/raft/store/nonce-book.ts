import type { PeerId } from '../core/types.ts'

/**
 * Which data directory each peer has. One that was lost and made anew has another nonce: the peer would deny the votes
 * and entries that it promised, so whoever has met it before refuses it.
 */
export interface NonceBook {
  /** '' if this peer's own directory cannot be read: it then neither votes nor replicates, and is not remembered. */
  readonly own: string
  /** Of a peer that was met before; undefined of others. */
  of(peer: PeerId): string | undefined
  remember(peer: PeerId, nonce: string): void
}
