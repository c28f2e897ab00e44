import type { DifferenceName } from './known-differences.ts'
import { askedContext } from './observation.ts'
import type { ConfState, Message, Status } from '../../src/raft/core/types.ts'

/** A message that is not stepped, at etcd because we ignore it and etcd does not, or at both. */
export interface Withheld {
  readonly name: DifferenceName
  readonly from: 'etcd' | 'both'
}

/** Why a message is withheld from a peer in this state; `waiting` is what it has been told to apply. */
export function withheldMessage(
  message: Message,
  receiver: {
    readonly status: Status
    readonly waiting: readonly Message[]
    /** Whether it has asked for this read in its term, and has had no answer. */
    readonly hasAsked: (context: string) => boolean
  },
): Withheld | undefined {
  const { status, waiting, hasAsked } = receiver
  const { type, term, reject, snapshot } = message
  const { confState, role } = status
  if (type === 'read_index' && role === 'follower' && status.leader !== '') {
    return { name: 'reads-not-forwarded', from: 'etcd' }
  }
  if (type === 'read_index_response' && !takesPart(confState, message.from)) {
    return { name: 'read-answer-of-stranger', from: 'both' }
  }
  if (type === 'read_index_response' && term > status.term) return { name: 'read-answered-once', from: 'both' }
  if (type === 'read_index_response' && term === status.term && role === 'follower') {
    if (!hasAsked(askedContext(message.context))) return { name: 'read-answered-once', from: 'etcd' }
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
