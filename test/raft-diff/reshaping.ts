import type { DifferenceName } from './known-differences.ts'
import { messageCodes, type Observation, type ObservedMessage, type ObservedReady } from './observation.ts'
import type { WaitingRead } from './read-mirror.ts'

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
