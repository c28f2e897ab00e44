import { sendAppend } from './append.ts'
import { invariant } from './invariant.ts'
import { timeoutNow } from './messages.ts'
import type { Raft } from './raft.ts'
import { none, type PeerId, type TransferRefusal } from './types.ts'

/**
 * Hands leadership over to another voter (thesis §3.10). It is brought up to date while no proposals are taken, and then
 * told to campaign at once, with a request for votes that goes through although this leader is alive. Safety does not
 * depend on any of it: whoever wins had to win an election.
 *
 * Given up after an election time-out (`ticks.ts`), so that a target that is down costs no more than that.
 */
export function transferLeader(raft: Raft, to: PeerId): TransferRefusal | undefined {
  if (raft.role !== 'leader') return 'not_leader'
  const progress = raft.tracker.get(to)
  if (progress === undefined || progress.learner) return 'not_a_voter'
  if (raft.transferee === to) return undefined
  abortTransfer(raft)
  if (to === raft.id) return 'already_leader'
  // The time of the transfer counts from now.
  raft.electionElapsed = 0
  raft.transferee = to
  if (progress.match === raft.log.lastIndex) sendTimeoutNow(raft)
  else sendAppend(raft, to, { evenEmpty: true })
  return undefined
}

/** The target has everything: it may campaign. */
export function sendTimeoutNow(raft: Raft): void {
  invariant(raft.role === 'leader' && raft.transferee !== none, 'leadership is being handed over')
  raft.send(timeoutNow(raft.envelope(raft.transferee)))
}

export function abortTransfer(raft: Raft): void {
  raft.transferee = none
}

/** Leadership cannot be handed over to who has no vote any more. */
export function abortTransferToNonVoter(raft: Raft): void {
  if (raft.transferee !== none && raft.tracker.get(raft.transferee)?.learner !== false) abortTransfer(raft)
}
