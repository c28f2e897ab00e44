import { appendAsLeader, broadcastAppend } from './append.ts'
import { invariant } from './invariant.ts'
import type { Position } from './log.ts'
import { transferContext, voteGranted, voteRejected, voteRequest, type VoteKind } from './messages.ts'
import type { Raft } from './raft.ts'
import { none, type Message, type PeerId } from './types.ts'

/**
 * Campaigns, unless this peer leads, may not, or does not know yet who votes. Whom the leader has told to needs no
 * pre-vote: it was not cut off, and its votes go through although the leader is alive.
 */
export function hup(raft: Raft, cause: 'timeout' | 'transfer'): void {
  if (raft.role === 'leader' || !raft.promotable) return
  // With a change of the configuration unapplied, this peer would count by a majority that is no longer one.
  if (raft.log.hasUnappliedConfChange()) return
  if (cause === 'transfer') campaign(raft, 'vote', transferContext)
  else campaign(raft, 'pre_vote')
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
  if (!raft.votes) learnCommit(raft, message)
  const free =
    raft.vote === message.from ||
    (raft.vote === none && raft.leader === none) ||
    (kind === 'pre_vote' && message.term > raft.term)
  if (!free || !raft.log.isUpToDate({ index: message.index, term: message.logTerm })) {
    return rejectVote(raft, kind, message.from)
  }
  // A pre-vote is answered in the term that it asks for, which is not ours.
  raft.send(voteGranted(kind, { ...raft.envelope(message.from), term: message.term }))
  if (kind === 'vote') raft.voteFor(message.from)
}

/** Refuses a vote, in our own term. Who has no vote says how much is committed; see `learnCommit`. */
export function rejectVote(raft: Raft, kind: VoteKind, candidate: PeerId): void {
  const told = raft.votes ? { index: 0, term: 0 } : committedOf(raft)
  raft.send(voteRejected(kind, raft.envelope(candidate), told))
}

/** Counts an answer to our own request. */
export function handleVoteResponse(raft: Raft, message: Message): void {
  const kind = message.type === 'vote_response' ? 'vote' : 'pre_vote'
  if (message.reject && learnCommit(raft, message) && raft.log.hasUnappliedConfChange()) {
    // This campaign counts by a configuration that is no longer one.
    return raft.becomeFollower(raft.term, none)
  }
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
 * Takes what another peer says to be committed, where our log has it; true if that was news. What is committed is a fact
 * that anybody may act on, and between a candidate and a peer that has no vote it may be the only way out of a dead end
 * (tikv/raft-rs passes the commit index with votes for the same reason):
 *
 * - Peers 1 and 3 vote. 3 leads, appends its own removal and more behind it, commits and applies the removal. Peer 1 has
 *   not heard of the commit; it needs the vote of 3, whose log is longer, and 3 may not campaign any more.
 * - Peer 1 votes alone, makes 3 a voter, and crashes before what it appended behind that is on its disk; 3 has got it.
 *   Peer 1 needs the vote of 3, whose log is longer, and 3 does not know yet that it may campaign.
 */
function learnCommit(raft: Raft, message: Message): boolean {
  const told = { index: message.commit, term: message.commitTerm }
  if (told.term === 0 || told.index <= raft.log.committed || !raft.log.matches(told)) return false
  raft.log.commitTo(told.index)
  return true
}

function committedOf(raft: Raft): Position {
  const { committed } = raft.log
  return { index: committed, term: raft.log.termAt(committed) ?? 0 }
}

/**
 * Asks all voters. The own vote comes back as a message too, once it is on the disk: even a lone peer leads only after
 * its vote is durable.
 */
function campaign(raft: Raft, kind: VoteKind, context = ''): void {
  invariant(raft.promotable, 'only a voter campaigns')
  if (kind === 'vote') raft.becomeCandidate()
  else raft.becomePreCandidate()
  const term = kind === 'vote' ? raft.term : raft.term + 1
  const last = raft.log.last()
  const committed = committedOf(raft)
  for (const [id, progress] of raft.tracker.progress) {
    if (progress.learner) continue
    const envelope = { ...raft.envelope(id), term }
    if (id === raft.id) raft.send(voteGranted(kind, envelope))
    else raft.send(voteRequest(kind, envelope, { last, committed, context }))
  }
}

/** The first entry of a term has no data: once it is committed, so is all before it (thesis §3.6.2). */
function lead(raft: Raft): void {
  raft.becomeLeader()
  const appended = appendAsLeader(raft, [{ type: 'normal', data: new Uint8Array(0) }])
  invariant(appended, 'an entry without data always goes through')
  broadcastAppend(raft)
}
