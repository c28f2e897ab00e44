import { invariant } from './invariant.ts'
import { transferContext, voteRequest, voteResponse, type VoteKind } from './messages.ts'
import type { Raft } from './raft.ts'
import { appendAsLeader, broadcastAppend } from './replication.ts'
import { none, type Message } from './types.ts'

/** Campaigns, unless this peer leads, may not, or does not know yet who votes. */
export function hup(raft: Raft): void {
  if (raft.role === 'leader' || !raft.promotable) return
  // With a change of the configuration unapplied, this peer would count by a majority that is no longer one.
  if (raft.log.hasUnappliedConfChange()) return
  campaign(raft, 'pre_vote')
}

/** Whether a leader was heard of so lately that nobody may be elected: this protects it from who cannot hear it. */
export function inLease(raft: Raft): boolean {
  return raft.leader !== none && raft.electionElapsed < raft.config.electionTicks
}

/** Whether this request goes unheard, term and all (thesis §4.2.3). */
export function ignoresVote(raft: Raft, message: Message): boolean {
  return message.context !== transferContext && inLease(raft)
}

/** Answers a request for a vote or pre-vote of this term, or for a pre-vote of a later one. */
export function answerVote(raft: Raft, message: Message): void {
  invariant(message.type === 'vote' || message.type === 'pre_vote', 'a request for a vote')
  invariant(message.term >= raft.term, 'an older request was answered before')
  const kind: VoteKind = message.type
  const free =
    raft.vote === message.from ||
    (raft.vote === none && raft.leader === none) ||
    (kind === 'pre_vote' && message.term > raft.term)
  const granted = free && raft.log.isUpToDate({ index: message.index, term: message.logTerm })
  // A pre-vote is answered in the term that it asks for, which is not ours; a rejection tells our own.
  const envelope = { ...raft.envelope(message.from), term: granted ? message.term : raft.term }
  raft.send(voteResponse(kind, envelope, !granted))
  if (granted && kind === 'vote') raft.voteFor(message.from)
}

/** Counts an answer to our own request. */
export function handleVoteResponse(raft: Raft, message: Message): void {
  const kind = message.type === 'vote_response' ? 'vote' : 'pre_vote'
  if (raft.role !== (kind === 'vote' ? 'candidate' : 'pre_candidate')) return
  // A change of the configuration may have taken the right to lead while the votes were coming in.
  if (!raft.promotable) return raft.becomeFollower(raft.term, none)
  // A pre-vote that was granted for an earlier campaign says nothing about this one.
  if (kind === 'pre_vote' && !message.reject && message.term !== raft.term + 1) return
  const result = raft.tracker.recordVote(message.from, !message.reject)
  if (result === 'lost') raft.becomeFollower(raft.term, none)
  if (result !== 'won') return
  if (kind === 'pre_vote') campaign(raft, 'vote')
  else lead(raft)
}

/**
 * Asks all voters. The own vote comes back as a message too, once it is on the disk: even a lone peer leads only after
 * its vote is durable.
 */
function campaign(raft: Raft, kind: VoteKind): void {
  invariant(raft.promotable, 'only a voter campaigns')
  if (kind === 'vote') raft.becomeCandidate()
  else raft.becomePreCandidate()
  const term = kind === 'vote' ? raft.term : raft.term + 1
  const last = raft.log.last()
  for (const [id, progress] of raft.tracker.progress) {
    if (progress.learner) continue
    const envelope = { ...raft.envelope(id), term }
    if (id === raft.id) raft.send(voteResponse(kind, envelope, false))
    else raft.send(voteRequest(kind, envelope, last))
  }
}

/** The first entry of a term has no data: once it is committed, so is all before it (thesis §3.6.2). */
function lead(raft: Raft): void {
  raft.becomeLeader()
  const appended = appendAsLeader(raft, [{ type: 'normal', data: new Uint8Array(0) }])
  invariant(appended, 'an entry without data always goes through')
  broadcastAppend(raft)
}
