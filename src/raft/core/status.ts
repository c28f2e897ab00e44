import type { Raft } from './raft.ts'
import type { Status } from './types.ts'

/** A picture of the core; progress only if it leads. */
export function statusOf(raft: Raft): Status {
  const { id, term, vote, leader, role, log, tracker, transferee, pendingConfIndex } = raft
  const progress = [...(role === 'leader' ? tracker.progress : [])].map(([peer, known]) => ({
    id: peer,
    match: known.match,
    next: known.next,
    state: known.state,
    learner: known.learner,
    recentActive: known.recentActive,
    inflight: known.inflights.count,
    pendingSnapshot: known.pendingSnapshot,
  }))
  const { committed: commit, applied, firstIndex, lastIndex } = log
  const { confState } = tracker
  const commitTerm = log.termAt(commit) ?? 0
  const own = { id, term, vote, commit, commitTerm, applied, firstIndex, lastIndex, leader, role }
  return { ...own, confState, transferee, pendingConfIndex, progress }
}
