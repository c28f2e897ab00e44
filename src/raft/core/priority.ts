import { electionsBeforeHandOver } from './limits.ts'
import type { Raft } from './raft.ts'
import { transferLeader } from './transfer.ts'
import { none, type PeerId } from './types.ts'

/**
 * Leader priority, in its simplest sound form: anybody may be elected, at once, and then hands over to whom the operator
 * would rather see lead.
 *
 * raft-rs lets voters refuse a candidate of lower priority instead, and others let it campaign later. Both make the
 * failover slower exactly when the preferred peer is down, and with the first one a peer that is preferred but cannot be
 * elected may keep everybody else from it. Here an election never depends on priorities. What is done is an ordinary
 * transfer, so peers that were told different priorities disagree about where leadership belongs, and nothing worse:
 * each leader keeps it for some election time-outs.
 */
export function handOverIfDue(raft: Raft): void {
  if (++raft.electionsLed <= electionsBeforeHandOver) return
  const to = preferredVoter(raft)
  if (to === none) return
  raft.electionsLed = 0
  transferLeader(raft, to)
}

/**
 * The voter of the highest priority above ours that is as capable as we are; the first of equals. Capable means that it
 * was heard of since the last check of the quorum and has all that is committed, so that the transfer takes about a
 * round trip. While the configuration changes there is none: one thing after another.
 */
function preferredVoter(raft: Raft): PeerId {
  if (raft.pendingConfIndex > raft.log.applied || raft.tracker.isJoint) return none
  let best = none
  let priority = priorityOf(raft, raft.id)
  for (const [id, progress] of raft.tracker.progress) {
    if (progress.learner || progress.state !== 'replicate' || !progress.recentActive) continue
    if (progress.match < raft.log.committed || priorityOf(raft, id) <= priority) continue
    best = id
    priority = priorityOf(raft, id)
  }
  return best
}

function priorityOf(raft: Raft, id: PeerId): number {
  return raft.priorities.get(id) ?? 0
}
