import type { DifferenceName } from './known-differences.ts'
import { askedContext, peerId } from './observation.ts'
import type { Operation, OperationKind, ProposedChange } from './operation.ts'
import type { OurCluster } from './our-cluster.ts'
import type { OurNode } from './our-node.ts'
import { awaitRound, takeTurn } from './read-rounds.ts'
import { entryData, entryName, unitBytes, units } from './size-unit.ts'
import type { Done } from './step.ts'
import { withheldMessage } from './withheld-message.ts'
import { leaveJoint } from '../../src/raft/core/conf-change.ts'
import type { ConfChange, ConfChangeRefusal, Entry, Message } from '../../src/raft/core/types.ts'

type OperationOf<Name extends OperationKind> = Operation & { readonly kind: Name }

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
    isPossible: ({ node, operation: { applied } }) =>
      !node.isUp && applied >= node.disk.firstIndex() - 1 && applied <= node.applied,
    carryOut: ({ cluster, node, operation }) => {
      const { applied } = operation
      const isBeyond = node.disk.initialState().hardState.commit < applied
      const { commit } = node.start(cluster.setting.config, applied)
      const { confState } = node.core.status()
      return { forEtcd: { ...operation, commit }, confState, known: isBeyond ? ['applied-beyond-commit'] : [] }
    },
  },
  crash: {
    isPossible: ({ node, operation }) => node.isUp && operation.keep <= node.writesWaiting,
    carryOut: ({ node, operation }) => {
      node.crash(operation.keep)
      return { forEtcd: operation }
    },
  },
  tick: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const before = node.core.status()
      node.core.tick()
      const after = node.core.status()
      const isLeaving = after.role === 'leader' && after.pendingConfIndex !== before.pendingConfIndex
      if (!isLeaving) return { forEtcd: operation }
      return { forEtcd: { ...operation, leaveJoint: true }, known: ['leave-joint-again'] }
    },
  },
  campaign: simple(({ node }) => node.core.campaign()),
  forget: simple(({ node }) => node.core.forgetLeader()),
  snapshot_status: simple(({ node, operation }) => node.core.reportSnapshot(peerId(operation.to), operation.ok)),
  unreachable: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      node.core.reportUnreachable(peerId(operation.to))
      if (operation.to !== node.number) return { forEtcd: operation }
      return { forEtcd: undefined, known: node.core.status().role === 'leader' ? ['self-unreachable'] : [] }
    },
  },
  transfer: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const refusal = node.core.transferLeader(peerId(operation.to))
      const { role, leader } = node.core.status()
      if (refusal !== 'not_leader' || role !== 'follower' || leader === '') return { forEtcd: operation }
      return { forEtcd: undefined, known: ['transfer-not-forwarded'] }
    },
  },
  propose: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const data = operation.sizes.map((size, at) => entryData(operation.first + at, size))
      const refused = node.core.propose(data) !== undefined
      return { forEtcd: { ...operation, sizes: operation.sizes.map(units) }, refused, known: ['frames-not-counted'] }
    },
  },
  propose_conf: {
    isPossible: isUp,
    carryOut: ({ cluster, node, operation }) => {
      if (addsLearnerAnew(operation.change, node)) return { forEtcd: undefined, known: ['removed-and-added'] }
      const change = confChange(operation.change)
      cluster.changes.set(operation.name, change)
      const refusal = node.core.proposeConfChange(change, entryData(operation.name, 1))
      if (refusal !== undefined && changeRefusals.has(refusal)) {
        return { forEtcd: undefined, known: ['refused-change-unlogged'] }
      }
      if (refusal === 'too_much_uncommitted') return { forEtcd: undefined, known: ['refused-change-pending'] }
      const forEtcd = { ...operation, change: { ...operation.change, bytes: unitBytes } }
      return { forEtcd, refused: refusal !== undefined }
    },
  },
  read: {
    isPossible: isUp,
    carryOut: ({ node, operation }) => {
      const { role } = node.core.status()
      node.core.readIndex(operation.context)
      node.reads.ask(operation.context)
      if (role !== 'leader') return { forEtcd: operation }
      return awaitRound(node, { from: node.id, context: operation.context, message: undefined })
    },
  },
  deliver: {
    isPossible: ({ cluster, node, operation }) => node.isUp && cluster.network.find(operation.message) !== undefined,
    carryOut: deliver,
  },
  turn: {
    isPossible: ({ node }) => node.isUp && node.core.hasReady(),
    carryOut: ({ cluster, node, operation }) => takeTurn(cluster, node, operation),
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
      const withheldPlaces: number[] = []
      const leaving = node.respond((message, place) => {
        const withheld = withheldFrom(node, message)
        if (withheld === undefined) return true
        known.push(withheld.name)
        withheldPlaces.push(place)
        return withheld.from === 'etcd'
      })
      cluster.network.release(leaving)
      return { forEtcd: { ...operation, withheld: withheldPlaces }, known }
    },
  },
  apply: {
    isPossible: ({ node }) => node.isUp && node.appliesWaiting.length > 0,
    carryOut: ({ cluster, node, operation }) => {
      const isChange = node.appliesWaiting[0]!.entries.some((entry) => entry.type === 'conf_change')
      if (isChange && node.reads.isUnderWay) return { forEtcd: undefined, known: ['reads-before-change'] }
      return { forEtcd: operation, confState: node.apply((entry) => changeOf(cluster, entry)) }
    },
  },
  compact: {
    isPossible: ({ node, operation: { index } }) =>
      node.isUp && index >= node.disk.firstIndex() && index <= node.applied && index <= node.disk.lastIndex(),
    carryOut: ({ node, operation }) => {
      node.compact(operation.index)
      return { forEtcd: operation }
    },
  },
}

/** A call that both sides make alike. */
function simple<Name extends OperationKind>(call: (at: Place<Name>) => void): Kind<Name> {
  return {
    isPossible: isUp,
    carryOut: (at) => {
      call(at)
      return { forEtcd: at.operation }
    },
  }
}

function withheldFrom(node: OurNode, message: Message) {
  const hasAsked = (context: string) => node.reads.hasAsked(context)
  return withheldMessage(message, { status: node.core.status(), waiting: node.appliesWaiting, hasAsked })
}

function deliver({ cluster, node, operation }: Place<'deliver'>): Done {
  const { message, toldCommit } = cluster.network.find(operation.message)!
  const before = node.core.status()
  const withheld = withheldFrom(node, message)
  if (withheld?.from === 'both') return { forEtcd: undefined, known: [withheld.name] }
  node.core.step(message)
  // A candidate does not take an answer, and may be given it once more when it follows again.
  const isTaken = message.type === 'read_index_response' && before.role === 'follower' && message.term === before.term
  if (isTaken) node.reads.isAnswered(askedContext(message.context))
  if (withheld !== undefined) return { forEtcd: undefined, known: [withheld.name] }
  if (message.type === 'read_index') {
    return awaitRound(node, { from: message.from, context: message.context, message: operation.message })
  }
  return { forEtcd: operation, known: toldCommit > before.commit ? ['commit-with-votes'] : [] }
}

/** Refusals that say that the change does not fit; others hold for all proposals. */
const changeRefusals: ReadonlySet<ConfChangeRefusal> = new Set([
  'conf_change_pending',
  'joint',
  'not_joint',
  'invalid_conf_change',
] as const)

function confChange({ transition, steps }: ProposedChange): ConfChange {
  return { transition, steps: steps.map(({ kind, peer }) => ({ kind, peer: peerId(peer) })) }
}

/** A voter that is removed and added again stays in the configuration that is left, and so is known in both. */
function addsLearnerAnew({ steps }: ProposedChange, node: OurNode): boolean {
  const { learners } = node.core.status().confState
  const removed = steps.filter(({ kind, peer }) => kind === 'remove' && learners.includes(peerId(peer)))
  return steps.some(({ kind, peer }) => kind !== 'remove' && removed.some((step) => step.peer === peer))
}

/** An entry without data leaves the joint configuration. */
function changeOf(cluster: OurCluster, { data }: Entry): ConfChange {
  return data.length === 0 ? leaveJoint : cluster.changes.get(entryName(data))!
}
