import { appendAsLeader, broadcastAppend, maybeCommit, sendAppend } from './append.ts'
import { checkConfChange, confStateAfter, isLeaveJoint } from './conf-change.ts'
import { invariant } from './invariant.ts'
import type { Raft } from './raft.ts'
import { endReadRoundIfConfirmed } from './read-index.ts'
import { abortTransferToNonVoter } from './transfer.ts'
import { none, type ConfChange, type ConfChangeRefusal, type ConfState } from './types.ts'

/**
 * Appends a change of the configuration, one at a time. It takes effect when it is applied, which on each peer is after
 * all changes before it: so a candidate counts by a configuration at most one change away from the one that its rivals
 * count by, and any two majorities of those share a peer.
 */
export function proposeConfChange(raft: Raft, change: ConfChange, data: Uint8Array): ConfChangeRefusal | undefined {
  if (raft.role !== 'leader') return 'not_leader'
  if (!raft.promotable) return 'not_a_voter'
  if (raft.transferee !== none) return 'transferring'
  if (raft.pendingConfIndex > raft.log.applied) return 'conf_change_pending'
  const isLeaving = isLeaveJoint(change)
  if (raft.tracker.isJoint && !isLeaving) return 'joint'
  if (!raft.tracker.isJoint && isLeaving) return 'not_joint'
  if (checkConfChange(raft.tracker.confState, change) !== undefined) return 'invalid_conf_change'
  invariant(isLeaving || data.length > 0, 'an entry without data leaves the joint configuration')
  if (!appendConfChange(raft, isLeaving ? new Uint8Array(0) : data)) return 'too_much_uncommitted'
  return undefined
}

/** Takes a change whose entry is being applied. */
export function applyConfChange(raft: Raft, change: ConfChange): ConfState {
  const confState = confStateAfter(raft.tracker.confState, change)
  raft.tracker.configure(confState, raft.log.lastIndex)
  if (raft.role === 'leader') takeUpAsLeader(raft)
  return confState
}

/**
 * Leaves a joint configuration that is to be left by itself, once everything is applied that may have made it. During a
 * transfer nothing is appended; this is tried again with everything that is applied.
 */
export function leaveJointIfDue(raft: Raft): void {
  if (raft.role !== 'leader' || !raft.tracker.confState.autoLeave) return
  if (raft.transferee !== none || raft.pendingConfIndex > raft.log.applied) return
  const appended = appendConfChange(raft, new Uint8Array(0))
  invariant(appended, 'an entry without data always goes through')
}

function appendConfChange(raft: Raft, data: Uint8Array): boolean {
  if (!appendAsLeader(raft, [{ type: 'conf_change', data }])) return false
  raft.pendingConfIndex = raft.log.lastIndex
  broadcastAppend(raft)
  return true
}

function takeUpAsLeader(raft: Raft): void {
  if (!raft.votes) {
    // Removed or made a learner: its messages would no longer count, nor would anybody else be leader.
    raft.becomeFollower(raft.term, none)
    return
  }
  // The new quorum may be smaller than the old one.
  if (maybeCommit(raft)) broadcastAppend(raft)
  else {
    for (const id of raft.tracker.progress.keys()) {
      if (id !== raft.id) sendAppend(raft, id, { evenEmpty: false })
    }
  }
  endReadRoundIfConfirmed(raft)
  abortTransferToNonVoter(raft)
}
