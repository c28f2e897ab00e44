import { broadcastHeartbeat } from './heartbeat.ts'
import { invariant } from './invariant.ts'
import { readIndexRequest, readIndexResponse } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Round } from './read-queue.ts'
import { none, type Message, type PeerId } from './types.ts'

/**
 * A read of this peer: its leader is asked, or it asks itself. Without a leader it is dropped, or with too many before it.
 * Whoever asks again does not want the answer to what it asked before, be it on its way or waiting to be taken; not even
 * when the new read is dropped.
 */
export function requestRead(raft: Raft, context: string): void {
  invariant(context !== '', 'a read has a context')
  raft.askedReads.withdraw(context)
  raft.readStates.delete(context)
  if (raft.role === 'leader') {
    if (!raft.reads.full) raft.reads.add({ from: raft.id, context: raft.askedReads.ask(context) })
  } else if (raft.leader !== none) {
    raft.send(readIndexRequest({ from: raft.id, to: raft.leader }, raft.askedReads.ask(context)))
  }
}

/**
 * A read of another peer. Who does not lead drops it, rather than send it on: two peers that take each other for the
 * leader would send it round and round.
 */
export function handleReadIndex(raft: Raft, message: Message): void {
  if (raft.role === 'leader') raft.reads.add({ from: message.from, context: message.context })
}

/** The leader of this term has answered a read of this peer. */
export function handleReadIndexResponse(raft: Raft, message: Message): void {
  if (raft.role === 'follower') answered(raft, message.context, { leader: message.from, index: message.index })
}

/** A read of this peer has its index, if nobody has asked again with its context since. */
function answered(raft: Raft, name: string, answer: { readonly leader: PeerId; readonly index: number }): void {
  const context = raft.askedReads.answer(name)
  if (context !== undefined) raft.readStates.set(context, { ...answer, context, term: raft.term })
}

/**
 * Whether a round can begin: somebody waits, no round is under way, and an entry of this term is committed. Before that
 * a new leader does not know how much is committed (thesis §6.4); the reads wait until it does.
 */
export function canBeginReadRound(raft: Raft): boolean {
  return raft.reads.hasWaiting && raft.reads.round === undefined && raft.committedInTerm
}

/**
 * Begins the round for all reads that came since the last one. Called when the caller takes what is to be done, not
 * with each read, so that all reads of one turn of its loop share a round.
 */
export function beginReadRound(raft: Raft): void {
  invariant(canBeginReadRound(raft), 'a round is begun when it can be')
  const round = raft.reads.begin({ term: raft.term, self: raft.id, index: raft.log.committed })
  if (raft.tracker.isQuorum(round.acknowledged)) endReadRound(raft)
  else broadcastHeartbeat(raft)
}

/** A peer has answered a heartbeat. Answers to older rounds, or to none, prove nothing about this one. */
export function acknowledgeReadRound(raft: Raft, from: PeerId, context: string): void {
  if (raft.reads.acknowledge(from, context)) endReadRoundIfConfirmed(raft)
}

export function endReadRoundIfConfirmed(raft: Raft): void {
  const { round } = raft.reads
  if (round !== undefined && raft.tracker.isQuorum(round.acknowledged)) endReadRound(raft)
}

function endReadRound(raft: Raft): void {
  const round: Round = raft.reads.end()
  invariant(round.index <= raft.log.committed, 'the commit index never goes back')
  for (const { from, context } of round.reads) {
    if (from === raft.id) answered(raft, context, { leader: raft.id, index: round.index })
    else raft.send(readIndexResponse(raft.envelope(from), { index: round.index, context }))
  }
}
