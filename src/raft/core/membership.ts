import { checkConfState } from './conf-change.ts'
import type { Raft } from './raft.ts'
import { endReadRoundIfConfirmed } from './read-index.ts'
import { broadcastAppend, maybeCommit, sendAppend } from './replication.ts'
import { none, type ConfState } from './types.ts'

/** Takes the configuration that an applied entry has made. */
export function applyConfState(raft: Raft, confState: ConfState): void {
  checkConfState(confState)
  raft.tracker.configure(copyOf(confState), raft.log.lastIndex + 1)
  if (raft.role !== 'leader') return
  if (!raft.promotable) {
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
}

function copyOf(confState: ConfState): ConfState {
  return {
    voters: [...confState.voters],
    votersOutgoing: [...confState.votersOutgoing],
    learners: [...confState.learners],
    learnersNext: [...confState.learnersNext],
    autoLeave: confState.autoLeave,
  }
}
