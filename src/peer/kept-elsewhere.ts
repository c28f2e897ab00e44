import type { MemberStatus } from '../raft/index.ts'

/**
 * Whether another voter is known to have the log up to an index, so that the cluster goes on with all of it when this peer
 * makes its own state anew. A leader knows it of its followers; any other peer relies on its leader, who has what is
 * committed. Who was not heard of lately does not count: it may be gone for good.
 */
export function isKeptElsewhere(
  { id, leader, progress }: Pick<MemberStatus, 'id' | 'leader' | 'progress'>,
  index: number,
): boolean {
  if (leader !== id) return leader !== ''
  return progress.some((peer) => peer.id !== id && !peer.learner && peer.recentActive && peer.match >= index)
}
