import { messageCodes, type Observation, type ObservedMessage, type ObservedReady } from './observation.ts'
import type { Message, Status } from '../../src/raft/core/types.ts'

/** What else is known of an operation whose observations are compared. */
export interface Hints {
  /** Reads for which a round begins with this operation. */
  readonly readsBegun: number
  /** Others that take part, at the peer that the operation is about. */
  readonly others: number
  /** Reads wait, and a round for them can begin. */
  readonly readsDue: boolean
}

/** A difference that is meant, and how the two sides are made comparable in spite of it, and no further. */
export interface KnownDifference {
  readonly name: DifferenceName
  /** What etcd does, what we do, and why. */
  readonly reason: string
}

export type DifferenceName =
  | 'votes-behind-write'
  | 'reads-share-round'
  | 'reads-not-forwarded'
  | 'lone-reader-waits'
  | 'late-pre-vote'
  | 'applied-beyond-commit'
  | 'self-unreachable'

/** All of them. Whatever is not here fails. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    name: 'votes-behind-write',
    reason:
      'etcd sends requests for votes at once, we send them when term and vote are durable: a candidate that forgot them could be elected twice in a term. Compared as if they stood behind the write in both.',
  },
  {
    name: 'reads-share-round',
    reason:
      'etcd begins a round of heartbeats for each read, we one for all that wait when the caller takes what is to be done, and one at a time. etcd gets the reads when our round begins; of its rounds the last one counts, the others are lost.',
  },
  {
    name: 'reads-not-forwarded',
    reason:
      'etcd sends on a read that reaches a peer which does not lead, we drop it: two that take each other for the leader would send it round and round. Not given to etcd.',
  },
  {
    name: 'lone-reader-waits',
    reason:
      'etcd answers a read of a lone voter at once, we once an entry of its term is committed: after a restart it does not know how far it had got. Given to etcd then.',
  },
  {
    name: 'late-pre-vote',
    reason:
      'etcd counts a pre-vote that was granted for an earlier campaign, we ignore it: it says nothing about this one. Not given to etcd.',
  },
  {
    name: 'applied-beyond-commit',
    reason:
      'etcd does not start when more was applied than its hard state says to be committed; the commit index alone is not synced, so a crash may leave it so, and we take what was applied for committed. Both are started with the higher one.',
  },
  {
    name: 'self-unreachable',
    reason:
      'etcd takes a leader that is told to be unreachable for itself back to probing itself, we ignore it. Not given to etcd.',
  },
]

/** Why a message that we ignore is not given to etcd, which would heed it. */
export function withheldDelivery(status: Status, message: Message): DifferenceName | undefined {
  if (message.type === 'read_index' && status.role !== 'leader') {
    return status.role === 'follower' && status.leader !== '' ? 'reads-not-forwarded' : undefined
  }
  const isGrant = message.type === 'pre_vote_response' && !message.reject
  if (isGrant && status.role === 'pre_candidate' && message.term >= status.term && message.term !== status.term + 1) {
    return 'late-pre-vote'
  }
  return undefined
}

/** Changes of shape that make both sides comparable, in this order. Each returns undefined where it does not apply. */
export const reshapings: readonly {
  readonly name: DifferenceName
  readonly reshape: (pair: Pair, hints: Hints) => Pair | undefined
}[] = [
  { name: 'votes-behind-write', reshape: votesBehindWrite },
  { name: 'reads-share-round', reshape: readsShareRound },
]

/** What we did, and what etcd did. */
export interface Pair {
  readonly ours: Observation
  readonly theirs: Observation
}

function votesBehindWrite({ ours, theirs }: Pair): Pair | undefined {
  if (ours[4] === 0 || theirs[4] === 0) return undefined
  const early = theirs[4][4].filter(isVote)
  if (early.length === 0) return undefined
  const late = ours[4][4].flatMap((message) => message[13]).filter(isVote)
  return {
    ours: withMessages(ours, [...ours[4][4].map(withoutVotes), ...late]),
    theirs: withMessages(theirs, [...theirs[4][4].filter((message) => !isVote(message)), ...early]),
  }
}

function readsShareRound({ ours, theirs }: Pair, hints: Hints): Pair | undefined {
  if (hints.readsDue && ours[1] === 1 && theirs[1] === 0) {
    return { ours, theirs: [theirs[0], 1, theirs[2], theirs[3], theirs[4]] }
  }
  if (hints.readsBegun < 2) return undefined
  const surplus = (hints.readsBegun - 1) * hints.others
  if (surplus === 0 || theirs[4] === 0) return undefined
  const messages = theirs[4][4]
  const locals = messages.filter((message) => message[2] < 0).length
  const end = messages.length - locals
  const begin = end - hints.readsBegun * hints.others
  if (begin < 0 || !messages.slice(begin, end).every(isRound)) return undefined
  return { ours, theirs: withMessages(theirs, [...messages.slice(0, begin), ...messages.slice(begin + surplus)]) }
}

function isVote(message: ObservedMessage): boolean {
  return message[0] === messageCodes.vote
}

function isRound(message: ObservedMessage): boolean {
  return message[0] === messageCodes.heartbeat && message[10] === 1
}

function withoutVotes(message: ObservedMessage): ObservedMessage {
  const [type, from, to, term, logTerm, index, commit, vote, reject, hint, context, snapshot, entries, responses] =
    message
  const rest = responses.filter((response) => !isVote(response))
  return [type, from, to, term, logTerm, index, commit, vote, reject, hint, context, snapshot, entries, rest]
}

function withMessages(observation: Observation, messages: readonly ObservedMessage[]): Observation {
  const [status, hasReady, draws, result, ready] = observation
  const [softState, hardState, mustSync, readStates] = ready as ObservedReady
  return [status, hasReady, draws, result, [softState, hardState, mustSync, readStates, messages]]
}
