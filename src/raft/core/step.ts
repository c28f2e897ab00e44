import { answerVote, handleVoteResponse, hup, ignoresVote, rejectVote } from './election.ts'
import { entriesBytes } from './entry-bytes.ts'
import { handleHeartbeat } from './heartbeat.ts'
import { assertCount, invariant } from './invariant.ts'
import { leaveJointIfDue } from './membership.ts'
import { appendAccepted } from './messages.ts'
import type { Raft } from './raft.ts'
import { handleReadIndex, handleReadIndexResponse } from './read-index.ts'
import { handleAppend, handleAppendResponse, handleHeartbeatResponse } from './replication.ts'
import { handleInstalled, handleSnapshot } from './snapshot.ts'
import { localAppend, none, type Message, type MessageType } from './types.ts'

/** Takes one message: first its term is compared with ours, then its kind decides. */
export function step(raft: Raft, message: Message): void {
  assertCount(message.term, 'term')
  assertCount(message.index, 'index')
  assertCount(message.commit, 'commit')
  if (message.type === 'storage_apply_response') handleApplied(raft, message)
  else if (message.type === 'read_index') handleReadIndex(raft, message)
  else if (!heard.has(message.type) || message.term === 0 || isFromStranger(raft, message)) return
  else if (message.term < raft.term) answerOlderTerm(raft, message)
  else if (message.term === raft.term || takeNewerTerm(raft, message)) dispatch(raft, message)
}

/** Kinds that are judged by their term. Others are only made by the core itself, or sent by no peer of this release. */
const heard: ReadonlySet<MessageType> = new Set([
  'append',
  'append_response',
  'snapshot',
  'timeout_now',
  'vote',
  'vote_response',
  'pre_vote',
  'pre_vote_response',
  'heartbeat',
  'heartbeat_response',
  'read_index_response',
  'storage_append_response',
] as const)

const responses: ReadonlySet<MessageType> = new Set([
  'append_response',
  'vote_response',
  'pre_vote_response',
  'heartbeat_response',
] as const)

/** Answers count only from peers of the configuration; questions are heard from all, for it may be newer than ours. */
function isFromStranger(raft: Raft, message: Message): boolean {
  return responses.has(message.type) && raft.tracker.get(message.from) === undefined
}

/** Steps down to a newer term where the message calls for it. False if the message goes unheard. */
function takeNewerTerm(raft: Raft, message: Message): boolean {
  invariant(message.from !== localAppend, 'the disk is not ahead of us')
  invariant(message.from !== raft.id || message.type === 'pre_vote_response', 'no message of ours is ahead of us')
  switch (message.type) {
    case 'vote':
      if (ignoresVote(raft, message)) return false
      raft.becomeFollower(message.term, none)
      return true
    case 'pre_vote':
      // Only asks; nobody's term changes by it.
      return !ignoresVote(raft, message)
    case 'pre_vote_response':
      // A grant has the term of the campaign that it is for; a rejection has the term of whoever rejects.
      if (message.reject) raft.becomeFollower(message.term, none)
      return true
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      raft.becomeFollower(message.term, message.from)
      return true
    default:
      raft.becomeFollower(message.term, none)
      return true
  }
}

/**
 * Answers who is behind us, where silence would be for ever.
 *
 * A leader of an older term is told our term, by an answer to its append or heartbeat. Suppose that this peer was cut
 * off, campaigned before pre-votes could stop it or lost its race, and stands at a higher term. Then it takes nothing
 * from the leader, whose term is lower for it; and its own requests for votes go unheard, because the others hear that
 * leader well. Only if the leader learns the higher term does it step down, and everybody meets in a new term. It costs
 * a disturbance once; an ordinary late message costs nothing, because by then its sender no longer leads.
 */
function answerOlderTerm(raft: Raft, message: Message): void {
  if (message.type === 'append' || message.type === 'heartbeat') {
    raft.send(appendAccepted(raft.envelope(message.from), 0))
  } else if (message.type === 'pre_vote') {
    // A candidate with the longer log and the lower term must learn of ours, or nobody could ever be elected.
    rejectVote(raft, 'pre_vote', message.from)
  } else if (message.type === 'storage_append_response') {
    // What it says of entries is dropped: see the responses of a `storage_append`. A snapshot is of no term.
    if (message.snapshot !== undefined) handleInstalled(raft, message.snapshot)
  }
}

function dispatch(raft: Raft, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'pre_vote':
      return answerVote(raft, message)
    case 'vote_response':
    case 'pre_vote_response':
      return handleVoteResponse(raft, message)
    case 'append':
      hearLeader(raft, message)
      return handleAppend(raft, message)
    case 'heartbeat':
      hearLeader(raft, message)
      return handleHeartbeat(raft, message)
    case 'append_response':
      return handleAppendResponse(raft, message)
    case 'snapshot':
      hearLeader(raft, message)
      return handleSnapshot(raft, message)
    case 'timeout_now':
      return raft.role === 'follower' ? hup(raft, 'transfer') : undefined
    case 'heartbeat_response':
      return handleHeartbeatResponse(raft, message)
    case 'read_index_response':
      return handleReadIndexResponse(raft, message)
    case 'storage_append_response':
      if (message.index > 0) raft.log.stableTo({ index: message.index, term: message.logTerm })
      return message.snapshot === undefined ? undefined : handleInstalled(raft, message.snapshot)
    default:
      invariant(false, 'only kinds that are heard come here')
  }
}

/** The leader of this term has spoken. There is one in a term; a second one means that a vote was given twice. */
function hearLeader(raft: Raft, message: Message): void {
  const known = raft.role === 'leader' ? raft.id : raft.leader
  invariant(known === none || known === message.from, 'a term has one leader', () => ({
    term: raft.term,
    known,
    second: message.from,
  }))
  if (raft.role !== 'follower') raft.becomeFollower(message.term, message.from)
  raft.leader = message.from
  raft.electionElapsed = 0
}

function handleApplied(raft: Raft, message: Message): void {
  const last = message.entries.at(-1)
  if (last === undefined) return
  const bytes = entriesBytes(message.entries)
  raft.log.appliedTo(last.index, bytes)
  raft.reduceUncommitted(bytes)
  leaveJointIfDue(raft)
}
