import type { Operation } from './operation.ts'
import type { OurCluster } from './our-cluster.ts'
import type { OurNode } from './our-node.ts'
import { readAnswers, type WaitingRead } from './read-mirror.ts'
import type { Done } from './step.ts'
import type { Message } from '../../src/raft/core/types.ts'

/** A read that has reached a leader waits for its round; etcd gets it then, for it begins a round at once. */
export function awaitRound(node: OurNode, read: WaitingRead): Done {
  const { role, confState, commit, term } = node.core.status()
  if (role !== 'leader') return { forEtcd: undefined }
  node.reads.follow(node.core.status())
  node.reads.add(read)
  const isAlone = confState.voters.length === 1 && confState.votersOutgoing.length === 0
  return { forEtcd: undefined, known: isAlone && node.termAt(commit) !== term ? ['lone-reader-waits'] : [] }
}

/** Whether a round for reads can begin: an entry of the leader's term must be committed (thesis §6.4). */
export function isRoundDue(node: OurNode): boolean {
  if (!node.isUp || !node.reads.canBegin) return false
  const { role, term, commit } = node.core.status()
  return role === 'leader' && node.termAt(commit) === term
}

/** Takes what is to be done, with the round of reads that may begin by it. */
export function takeTurn(cluster: OurCluster, node: OurNode, operation: Operation & { readonly kind: 'turn' }): Done {
  const { ready, atOnce, behindWrite, overwrites } = node.turn()
  const answers = readAnswers(node.id, { readStates: ready.readStates, messages: atOnce })
  const rest = node.reads.answered(answers)
  const reads = isRoundDue(node) ? node.reads.begin() : []
  // Who is a quorum alone has its answers at once; etcd sees to that only when nobody else has a say.
  node.reads.answered(rest)
  const isJoint = node.core.status().confState.votersOutgoing.length > 0
  if (rest.length > 0 && isJoint) {
    const toOthers = reads.filter(({ message }) => message !== undefined).length
    cluster.network.emit(operation.id, { atOnce: withoutLastAnswers(atOnce, toOthers), behindWrite })
    return { forEtcd: operation, ready, overwrites, answeredHere: reads }
  }
  // A round's heartbeats are the last ones of its turn; etcd has those of the other reads before them.
  const heartbeats = reads.length > 0 && rest.length === 0 ? lastHeartbeats(atOnce) : new Set<Message>()
  cluster.network.emit(operation.id, { atOnce, behindWrite }, { extra: reads.length - 1, heartbeats })
  return {
    forEtcd: { ...operation, reads: reads.map(({ context, message }) => ({ context, message })) },
    ready,
    overwrites,
    readsBegun: reads.length,
    known: reads.length > 1 ? ['reads-share-round'] : [],
  }
}

function withoutLastAnswers(messages: readonly Message[], count: number): readonly Message[] {
  const dropped = new Set(messages.filter(({ type }) => type === 'read_index_response').slice(-count))
  return count === 0 ? messages : messages.filter((message) => !dropped.has(message))
}

/** The last heartbeat to each peer. */
function lastHeartbeats(messages: readonly Message[]): ReadonlySet<Message> {
  const last = new Map<string, Message>()
  for (const message of messages) if (message.type === 'heartbeat') last.set(message.to, message)
  return new Set(last.values())
}
