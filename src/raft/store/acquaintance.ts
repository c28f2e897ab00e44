import type { PeerId } from '../core/types.ts'

/** Peers whose introduction is remembered: eight times as many as take part, for those that were replaced. */
export const introductionsMax = 256

/** How a data directory introduces itself to other peers. */
export interface Introduction {
  /** Drawn when the directory was made; '' if its identity cannot be read: such a peer neither votes nor replicates. */
  readonly nonce: string
  /** How often it has been opened. */
  readonly starts: number
  /** Drawn anew each time that it is opened. */
  readonly run: string
}

/**
 * Whom this peer has met. A data directory that was lost and made anew, or restored from an older copy, would deny the
 * votes and entries that it promised since, and looks whole from inside: only the others can know.
 */
export interface Acquaintances {
  readonly own: Introduction
  /** What a peer that was met before said last; undefined of others. */
  of(peer: PeerId): Introduction | undefined
  remember(peer: PeerId, introduction: Introduction): void
}

/** Why a peer that introduces itself so must have forgotten what it promised; undefined if it need not have. */
export function whatIsForgotten(now: Introduction, known: Introduction | undefined): string | undefined {
  if (known === undefined || now.nonce === '') return undefined
  if (now.nonce !== known.nonce) return 'its data directory was made anew'
  const isOlder = now.starts < known.starts || (now.starts === known.starts && now.run !== known.run)
  return isOlder ? 'its data directory was restored from an older copy' : undefined
}

/** What is remembered from now on; beyond the limit, whoever was met longest ago is forgotten. */
export function remembered(
  met: Readonly<Record<PeerId, Introduction>>,
  peer: PeerId,
  introduction: Introduction,
): Readonly<Record<PeerId, Introduction>> {
  const others = Object.entries(met).filter(([id]) => id !== peer)
  return Object.fromEntries([...others.slice(1 - introductionsMax), [peer, introduction]])
}
