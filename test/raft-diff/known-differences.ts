import { messageCodes, type Observation, type ObservedMessage, type ObservedReady } from './observation.ts'
import type { WaitingRead } from './read-mirror.ts'
import type { ConfState, Message, Status } from '../../src/raft/core/types.ts'

/** What else is known of an operation whose observations are compared. */
export interface Hints {
  /** Reads for which a round begins with this operation. */
  readonly readsBegun: number
  /** Reads that were answered here and are not given to etcd. */
  readonly answeredHere: readonly WaitingRead[]
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
  | 'read-alone-in-joint'
  | 'read-answer-of-stranger'
  | 'lone-reader-waits'
  | 'late-pre-vote'
  | 'applied-beyond-commit'
  | 'self-unreachable'
  | 'commit-with-votes'
  | 'refused-change-unlogged'
  | 'refused-change-pending'
  | 'removed-and-added'
  | 'snapshot-must-sync'
  | 'leave-joint-again'
  | 'reads-before-change'
  | 'transfer-not-forwarded'
  | 'snapshot-of-others'
  | 'snapshot-over-change'

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
    name: 'read-alone-in-joint',
    reason:
      'etcd answers reads of a leader that is a quorum by itself only when a heartbeat is answered, if the configuration is joint; and never if there is nobody else. We answer at once. Not given to etcd, and the answers are left out.',
  },
  {
    name: 'read-answer-of-stranger',
    reason:
      'etcd ignores the answer to a read if its configuration does not name the leader, as before a new peer has heard of any; we take it from whoever leads the term. Given to neither.',
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
  {
    name: 'commit-with-votes',
    reason:
      'Our candidates, and peers without a vote that refuse one, tell a commit index: in two dead ends between them, nobody else is left to tell it. Left out here; counted where the receiver knew less.',
  },
  {
    name: 'refused-change-unlogged',
    reason:
      'etcd appends an empty entry in place of a change of the configuration that does not fit, we refuse it. Not given to etcd.',
  },
  {
    name: 'refused-change-pending',
    reason:
      'etcd takes a change of the configuration that it refused for its size for pending, and so refuses the next ones until as much as that is applied. Not given to etcd.',
  },
  {
    name: 'removed-and-added',
    reason:
      'etcd forgets how far a learner is that one change removes and adds again, we do not: a peer with this identity has not lost its log. Given to neither.',
  },
  {
    name: 'snapshot-must-sync',
    reason:
      'etcd leaves it to its caller that a snapshot is installed durably, we say that the write must be synced. Both are synced.',
  },
  {
    name: 'leave-joint-again',
    reason:
      'etcd leaves a joint configuration by itself only when something is applied, so a transfer that fails then may leave it joint for long; we try again when the transfer is given up. etcd is told to leave it.',
  },
  {
    name: 'reads-before-change',
    reason:
      'etcd looks at reads under way only when a heartbeat is answered, we also when a change of the configuration has made the quorum smaller. Changes are applied when no round is under way.',
  },
  {
    name: 'transfer-not-forwarded',
    reason: 'etcd sends on a transfer that is asked of a follower, we refuse it. Not given to etcd.',
  },
  {
    name: 'snapshot-of-others',
    reason:
      'etcd throws away a snapshot that does not name its receiver, which then gets it again and again; we take it, for the change that names the receiver stands behind it. Given to neither.',
  },
  {
    name: 'snapshot-over-change',
    reason:
      'etcd takes the configuration of a snapshot when it hears of it, we when it is installed: a change that is being applied meanwhile would be carried out on the wrong one. Given to neither until the change is applied.',
  },
]

/** A message that is not stepped, at etcd because we ignore it and etcd does not, or at both. */
export interface Withheld {
  readonly name: DifferenceName
  readonly from: 'etcd' | 'both'
}

/** Why a message is withheld from a peer in this state; `waiting` is what it has been told to apply. */
export function withheldMessage(
  message: Message,
  receiver: { readonly status: Status; readonly waiting: readonly Message[] },
): Withheld | undefined {
  const { status, waiting } = receiver
  const { type, term, reject, snapshot } = message
  const { confState, role } = status
  if (type === 'read_index' && role === 'follower' && status.leader !== '') {
    return { name: 'reads-not-forwarded', from: 'etcd' }
  }
  if (type === 'read_index_response' && !takesPart(confState, message.from)) {
    return { name: 'read-answer-of-stranger', from: 'both' }
  }
  if (snapshot !== undefined && type === 'snapshot') {
    if (!takesPart(snapshot.confState, status.id)) return { name: 'snapshot-of-others', from: 'both' }
    const isChanging = waiting.some(({ entries }) => entries.some((entry) => entry.type === 'conf_change'))
    if (isChanging) return { name: 'snapshot-over-change', from: 'both' }
  }
  if (type === 'pre_vote_response' && !reject && role === 'pre_candidate' && term >= status.term) {
    if (term !== status.term + 1) return { name: 'late-pre-vote', from: 'etcd' }
  }
  return undefined
}

function isVoter({ voters, votersOutgoing }: ConfState, id: string): boolean {
  return voters.includes(id) || votersOutgoing.includes(id)
}

function takesPart(confState: ConfState, id: string): boolean {
  return isVoter(confState, id) || confState.learners.includes(id)
}

/** Changes of shape that make both sides comparable, in this order. Each returns undefined where it does not apply. */
export const reshapings: readonly {
  readonly name: DifferenceName
  readonly reshape: (pair: Pair, hints: Hints) => Pair | undefined
}[] = [
  { name: 'votes-behind-write', reshape: votesBehindWrite },
  { name: 'reads-share-round', reshape: readsShareRound },
  { name: 'read-alone-in-joint', reshape: readAloneInJoint },
  { name: 'snapshot-must-sync', reshape: snapshotMustSync },
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

function readAloneInJoint({ ours, theirs }: Pair, { answeredHere }: Hints): Pair | undefined {
  const ready = ours[4]
  if (ready === 0 || answeredHere.length === 0) return undefined
  // They are the last ones that were answered.
  const own = answeredHere.filter(({ message }) => message === undefined).length
  const messages = [...ready[4]]
  for (let left = answeredHere.length - own; left > 0; left--) {
    messages.splice(
      messages.findLastIndex((message) => message[0] === messageCodes.read_index_response),
      1,
    )
  }
  const rest: ObservedReady = [ready[0], ready[1], ready[2], ready[3].slice(0, ready[3].length - own), messages]
  return { ours: [ours[0], ours[1], ours[2], ours[3], rest], theirs }
}

function snapshotMustSync({ ours, theirs }: Pair): Pair | undefined {
  const ready = theirs[4]
  if (ready === 0 || ready[2] === 1) return undefined
  const installs = ready[4].some((message) => message[0] === messageCodes.storage_append && message[11] !== 0)
  if (!installs) return undefined
  const synced: ObservedReady = [ready[0], ready[1], 1, ready[3], ready[4]]
  return { ours, theirs: [theirs[0], theirs[1], theirs[2], theirs[3], synced] }
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
