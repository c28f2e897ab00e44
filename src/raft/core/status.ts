import type { Raft } from './raft.ts'
import type { Status } from './types.ts'

/** A picture of the core; progress only if it leads. */
export function statusOf(raft: Raft): Status {
  const { id, term, vote, leader, role, log, tracker } = raft
  const progress = [...(role === 'leader' ? tracker.progress : [])].map(([peer, known]) => ({
    id: peer,
    match: known.match,
    next: known.next,
    state: known.state,
    learner: known.learner,
    recentActive: known.recentActive,
    inflight: known.inflights.count,
  }))
  const { committed: commit, applied, lastIndex } = log
  return { id, term, vote, commit, applied, lastIndex, leader, role, confState: tracker.confState, progress }
}
