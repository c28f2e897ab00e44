import { hup } from './election.ts'
import { broadcastHeartbeat } from './heartbeat.ts'
import { invariant } from './invariant.ts'
import type { Raft } from './raft.ts'
import { leaveJointIfDue } from './membership.ts'
import { handOverIfDue } from './priority.ts'
import { abortTransfer } from './transfer.ts'
import { none } from './types.ts'

/** Lets one tick pass. */
export function tick(raft: Raft): void {
  if (raft.role === 'leader') tickLeader(raft)
  else tickElection(raft)
}

function tickElection(raft: Raft): void {
  raft.electionElapsed++
  if (!raft.promotable || raft.electionElapsed < raft.electionTimeout) return
  raft.electionElapsed = 0
  hup(raft, 'timeout')
}

function tickLeader(raft: Raft): void {
  raft.heartbeatElapsed++
  raft.electionElapsed++
  if (raft.electionElapsed >= raft.config.electionTicks) {
    raft.electionElapsed = 0
    checkQuorum(raft)
  }
  if (raft.role !== 'leader' || raft.heartbeatElapsed < raft.config.heartbeatTicks) return
  raft.heartbeatElapsed = 0
  broadcastHeartbeat(raft)
}

/**
 * A leader that has not heard of a quorum for an election time-out steps down (thesis §6.2): its clients look elsewhere,
 * and the peers that it still reaches no longer turn away whoever could lead.
 */
function checkQuorum(raft: Raft): void {
  invariant(raft.role === 'leader', 'a leader checks its quorum')
  if (!raft.tracker.quorumActive()) {
    raft.becomeFollower(raft.term, none)
    return
  }
  // A transfer that has not ended by now will not, and clients wait. This leader takes proposals again.
  abortTransfer(raft)
  // It may have been refused because of the transfer, and with nothing more to apply nobody would ask again.
  leaveJointIfDue(raft)
  handOverIfDue(raft)
  for (const [id, progress] of raft.tracker.progress) {
    if (id !== raft.id) progress.recentActive = false
  }
}
