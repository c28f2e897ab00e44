import type { Position } from './log.ts'
import { localAppend, localApply, none } from './types.ts'
import type { Entry, HardState, Message, MessageType, PeerId, SnapshotMetadata } from './types.ts'

/** Who sends to whom, in which term. */
export interface Envelope {
  readonly from: PeerId
  readonly to: PeerId
  readonly term: number
}

/** The context of a vote that the old leader asked for, which goes through although that leader is alive. */
export const transferContext = 'transfer'

/** What a kind does not use has its empty value. */
const empty = {
  logTerm: 0,
  index: 0,
  entries: [],
  commit: 0,
  commitTerm: 0,
  vote: none,
  reject: false,
  rejectHint: 0,
  context: '',
  snapshot: undefined,
  responses: [],
} as const

export function appendMessage(
  envelope: Envelope,
  append: { readonly previous: Position; readonly entries: readonly Entry[]; readonly commit: number },
): Message {
  const { previous, entries, commit } = append
  return { ...empty, ...envelope, type: 'append', index: previous.index, logTerm: previous.term, entries, commit }
}

/** The log of the sender agrees with the leader's up to `index`. */
export function appendAccepted(envelope: Envelope, index: number): Message {
  return { ...empty, ...envelope, type: 'append_response', index }
}

/** Nothing fits at `index`; `hint` is where the logs may agree. */
export function appendRejected(envelope: Envelope, index: number, hint: Position): Message {
  return {
    ...empty,
    ...envelope,
    type: 'append_response',
    index,
    reject: true,
    rejectHint: hint.index,
    logTerm: hint.term,
  }
}

/** Names a snapshot that the receiver needs, for what the log before it is gone. */
export function snapshotMessage(envelope: Envelope, snapshot: SnapshotMetadata): Message {
  return { ...empty, ...envelope, type: 'snapshot', snapshot }
}

export function heartbeatMessage(
  envelope: Envelope,
  beat: { readonly commit: number; readonly context: string },
): Message {
  return { ...empty, ...envelope, type: 'heartbeat', commit: beat.commit, context: beat.context }
}

export function heartbeatResponse(envelope: Envelope, context: string): Message {
  return { ...empty, ...envelope, type: 'heartbeat_response', context }
}

export type VoteKind = 'vote' | 'pre_vote'

/** `context` is `transferContext` or empty. */
export function voteRequest(
  kind: VoteKind,
  envelope: Envelope,
  log: { readonly last: Position; readonly committed: Position; readonly context: string },
): Message {
  const { last, committed, context } = log
  return { ...empty, ...envelope, type: kind, index: last.index, logTerm: last.term, ...saying(committed), context }
}

/** Tells a peer that is up to date to campaign now, although its leader is alive (thesis §3.10). */
export function timeoutNow(envelope: Envelope): Message {
  return { ...empty, ...envelope, type: 'timeout_now' }
}

export function voteGranted(kind: VoteKind, envelope: Envelope): Message {
  return { ...empty, ...envelope, type: responseTo(kind) }
}

/** `committed` is told by who does not vote any more; index 0 tells nothing. */
export function voteRejected(kind: VoteKind, envelope: Envelope, committed: Position): Message {
  return { ...empty, ...envelope, type: responseTo(kind), reject: true, ...saying(committed) }
}

function saying(committed: Position) {
  return { commit: committed.index, commitTerm: committed.term }
}

function responseTo(kind: VoteKind): MessageType {
  return kind === 'vote' ? 'vote_response' : 'pre_vote_response'
}

/** A follower's read on its way to the leader. It has no term: whoever leads when it arrives may answer. */
export function readIndexRequest(envelope: Omit<Envelope, 'term'>, context: string): Message {
  return { ...empty, ...envelope, type: 'read_index', term: 0, context }
}

export function readIndexResponse(
  envelope: Envelope,
  answer: { readonly index: number; readonly context: string },
): Message {
  return { ...empty, ...envelope, type: 'read_index_response', ...answer }
}

/**
 * What to make durable, and what may leave once it is. Without a change of the hard state term, vote and commit are
 * empty, so that nobody takes them for one.
 */
export function storageAppend(
  self: PeerId,
  append: {
    readonly hardState: HardState | undefined
    readonly entries: readonly Entry[]
    readonly snapshot: SnapshotMetadata | undefined
    readonly responses: readonly Message[]
  },
): Message {
  const hardState = append.hardState ?? { term: 0, vote: none, commit: 0 }
  return {
    ...empty,
    ...hardState,
    type: 'storage_append',
    from: self,
    to: localAppend,
    entries: append.entries,
    snapshot: append.snapshot,
    responses: append.responses,
  }
}

/**
 * The log is on the disk up to `last`, unless the term has changed meanwhile, and the snapshot is installed, whatever
 * the term is. Index 0 says nothing about the log.
 */
export function storageAppendResponse(
  envelope: Omit<Envelope, 'from'>,
  done: { readonly last: Position; readonly snapshot: SnapshotMetadata | undefined },
): Message {
  const { last, snapshot } = done
  return {
    ...empty,
    ...envelope,
    type: 'storage_append_response',
    from: localAppend,
    index: last.index,
    logTerm: last.term,
    snapshot,
  }
}

/** Committed entries to apply. No term: what is committed is so in every later one. */
export function storageApply(self: PeerId, entries: readonly Entry[]): Message {
  const response: Message = {
    ...empty,
    type: 'storage_apply_response',
    from: localApply,
    to: self,
    term: 0,
    entries,
  }
  return { ...empty, type: 'storage_apply', from: self, to: localApply, term: 0, entries, responses: [response] }
}
