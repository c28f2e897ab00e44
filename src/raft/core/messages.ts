import type { Position } from './log.ts'
import { localAppend, localApply, none, type Entry, type HardState, type Message, type PeerId } from './types.ts'

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
  vote: none,
  reject: false,
  rejectHint: 0,
  context: '',
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

export function voteRequest(kind: VoteKind, envelope: Envelope, last: Position): Message {
  return { ...empty, ...envelope, type: kind, index: last.index, logTerm: last.term }
}

export function voteResponse(kind: VoteKind, envelope: Envelope, reject: boolean): Message {
  return { ...empty, ...envelope, type: kind === 'vote' ? 'vote_response' : 'pre_vote_response', reject }
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
    responses: append.responses,
  }
}

/** The log is on the disk up to `last`, unless the term has changed meanwhile. */
export function storageAppendResponse(self: PeerId, term: number, last: Position): Message {
  return {
    ...empty,
    type: 'storage_append_response',
    from: localAppend,
    to: self,
    term,
    index: last.index,
    logTerm: last.term,
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
