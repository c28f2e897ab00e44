import { withheldDelivery, type DifferenceName } from './known-differences.ts'
import { observedStatus, peerId } from './observation.ts'
import type { Operation, OperationKind } from './operation.ts'
import type { OurCluster } from './our-cluster.ts'
import type { OurNode } from './our-node.ts'
import { readAnswers, type WaitingRead } from './read-mirror.ts'
import { entryData, units } from './size-unit.ts'
import type { Done, EtcdOperation } from './step.ts'
import type { Message } from '../../src/raft/core/types.ts'

type OperationOf<Kind extends OperationKind> = Operation & { readonly kind: Kind }

/** One kind of operation: when it is possible, and what it does with us. What etcd does stands in `replay.go`. */
interface Kind<Name extends OperationKind> {
  readonly isPossible: (at: Place<Name>) => boolean
  readonly carryOut: (at: Place<Name>) => Done
}

interface Place<Name extends OperationKind> {
  readonly cluster: OurCluster
  readonly node: OurNode
  readonly operation: OperationOf<Name>
}

/** Whether the operation can be carried out now. */
export function isPossible(cluster: OurCluster, operation: Operation): boolean {
  const kind = kinds[operation.kind] as Kind<OperationKind>
  return kind.isPossible({ cluster, node: cluster.node(operation.peer), operation })
}

export function carryOut(cluster: OurCluster, operation: Operation): Done {
  const kind = kinds[operation.kind] as Kind<OperationKind>
  return kind.carryOut({ cluster, node: cluster.node(operation.peer), operation })
}

const isUp = ({ node }: { readonly node: OurNode }): boolean => node.isUp

const kinds: { readonly [Name in OperationKind]: Kind<Name> } = {
  start: {
    isPossible: ({ node, operation }) => !node.isUp && operation.applied >= 1 && operation.applied <= node.applied,
    carryOut: ({ cluster, node, operation }) => {
      const { applied } = operation
      const isBeyond = node.disk.initialState().hardState.commit < applied
      const { commit } = node.start(cluster.setting.config, applied)
      return {
        forEtcd: { ...operation, commit },
        confState: node.core.status().confState,
        known: isBeyond ? ['applied-beyond-commit'] : [],
      }
    },
  },
  crash: {
    isPossible: ({ node, operation }) => node.isUp && operation.keep <= node.writesWaiting,
    carryOut: ({ node, operation }) => {
      node.crash(operation.keep)
      return { forEtcd: operation }
    },
  },
  tick: simple(({ node }) => node.core.tick()),
  campaign: simple(({ node }) => node.core.campaign()),
  forget: simple(({ node }) => node.core.forgetLeader()),
  unreachable: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      node.core.reportUnreachable(peerId(operation.to))
      if (operation.to !== node.number) return { forEtcd: operation }
      return { forEtcd: undefined, known: node.core.status().role === 'leader' ? ['self-unreachable'] : [] }
    },
  },
  propose: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const data = operation.sizes.map((size, at) => entryData(operation.first + at, size))
      const refused = node.core.propose(data) !== undefined
      return { forEtcd: { ...operation, sizes: operation.sizes.map(units) }, refused }
    },
  },
  read: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const { role } = node.core.status()
      node.core.readIndex(operation.context)
      if (role !== 'leader') return { forEtcd: operation }
      return waits(node, { from: node.id, context: operation.context, message: undefined })
    },
  },
  deliver: {
    isPossible: ({ cluster, node, operation }) => node.isUp && cluster.network.find(operation.message) !== undefined,
    carryOut: ({ cluster, node, operation }) => {
      const message = cluster.network.find(operation.message)!
      const before = node.core.status()
      const withheld = withheldDelivery(before, message)
      node.core.step(message)
      if (withheld !== undefined) {
        if (JSON.stringify(observedStatus(before)) !== JSON.stringify(observedStatus(node.core.status()))) {
          throw new Error(`a message that should go unheard (${withheld}) was heeded`)
        }
        return { forEtcd: undefined, known: [withheld] }
      }
      if (message.type !== 'read_index') return { forEtcd: operation }
      return waits(node, { from: message.from, context: message.context, message: operation.message })
    },
  },
  turn: {
    isPossible: ({ node }) => node.isUp && node.core.hasReady(),
    carryOut: ({ cluster, node, operation }) => turn(cluster, node, operation),
  },
  write: {
    isPossible: ({ node }) => node.isUp && node.writesWaiting > 0,
    carryOut: ({ node, operation }) => {
      node.write()
      return { forEtcd: operation }
    },
  },
  respond: {
    isPossible: ({ node }) => node.isUp && node.answersWaiting > 0,
    carryOut: ({ cluster, node, operation }) => {
      const known: DifferenceName[] = []
      const withheld: number[] = []
      const leaving = node.respond((message, place) => {
        const name = withheldDelivery(node.core.status(), message)
        if (name === undefined) return
        known.push(name)
        withheld.push(place)
      })
      cluster.network.release(leaving)
      return { forEtcd: { ...operation, withheld }, known }
    },
  },
  apply: {
    isPossible: ({ node }) => node.isUp && node.appliesWaiting > 0,
    carryOut: ({ node, operation }) => ({ forEtcd: operation, confState: node.apply() }),
  },
}

/** A call that both sides make alike. */
function simple<Name extends OperationKind>(call: (at: Place<Name>) => void): Kind<Name> {
  return {
    isPossible: isUp,
    carryOut: (at) => {
      call(at)
      return { forEtcd: at.operation as EtcdOperation }
    },
  }
}

/** A read that has reached a leader waits for its round; etcd gets it then, for it begins a round at once. */
function waits(node: OurNode, read: WaitingRead): Done {
  const { role, confState, commit, term } = node.core.status()
  if (role !== 'leader') return { forEtcd: undefined }
  node.reads.follow(node.core.status())
  node.reads.add(read)
  const isAlone = confState.voters.length === 1 && confState.votersOutgoing.length === 0
  return { forEtcd: undefined, known: isAlone && node.terms[commit] !== term ? ['lone-reader-waits'] : [] }
}

function turn(cluster: OurCluster, node: OurNode, operation: OperationOf<'turn'>): Done {
  const before = node.core.status()
  const { ready, atOnce, behindWrite } = node.turn()
  const answers = readAnswers(node.id, { readStates: ready.readStates, messages: atOnce })
  const rest = node.reads.answered(answers)
  const isDue = before.role === 'leader' && node.reads.canBegin && node.terms[before.commit] === before.term
  const reads = isDue ? node.reads.begin() : []
  // A lone voter has its answer at once.
  node.reads.answered(rest)
  // A round's heartbeats are the last ones of its turn; etcd has those of the other reads before them.
  const heartbeats = reads.length > 0 ? lastHeartbeats(atOnce) : new Set<Message>()
  cluster.network.emit(operation.id, { atOnce, behindWrite }, { extra: reads.length - 1, heartbeats })
  return {
    forEtcd: { ...operation, reads: reads.map(({ context, message }) => ({ context, message })) },
    ready,
    readsBegun: reads.length,
    known: reads.length > 1 ? ['reads-share-round'] : [],
  }
}

/** The last heartbeat to each peer. */
function lastHeartbeats(messages: readonly Message[]): ReadonlySet<Message> {
  const last = new Map<string, Message>()
  for (const message of messages) if (message.type === 'heartbeat') last.set(message.to, message)
  return new Set(last.values())
}
