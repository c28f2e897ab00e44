import { Happenings } from './happenings.ts'
import { Network } from './network.ts'
import { observedConfState, observedReady, observedStatus, peerId, type Observation } from './observation.ts'
import type { Operation, PeerNumber, Setting } from './operation.ts'
import { carryOut, isPossible } from './operation-kinds.ts'
import { OurNode, type MakeCore } from './our-node.ts'
import { isRoundDue } from './read-rounds.ts'
import type { Hints } from './reshaping.ts'
import type { EtcdOperation, Step } from './step.ts'
import type { ConfChange, ConfState, Message, Status } from '../../src/raft/core/types.ts'

/** Our peers and the network between them; carries out operations one after another. */
export class OurCluster {
  readonly setting: Setting
  readonly nodes: ReadonlyMap<PeerNumber, OurNode>
  readonly network = new Network()
  /** Changes of the configuration by the name of their entry. */
  readonly changes = new Map<number, ConfChange>()
  readonly happenings: Happenings
  /** A core has stopped, as it does where an invariant is broken; nothing more is carried out. */
  isOver = false

  constructor(setting: Setting, makeCore?: MakeCore) {
    this.setting = setting
    this.happenings = new Happenings(setting.config.maxInflightMessages)
    const confState: ConfState = {
      voters: setting.voters.map(peerId),
      votersOutgoing: [],
      learners: setting.learners.map(peerId),
      learnersNext: [],
      autoLeave: false,
    }
    const numbers = Array.from({ length: setting.peers }, (_, at) => at + 1)
    this.nodes = new Map(
      numbers.map((number) => {
        const first = setting.blank.includes(number) ? undefined : confState
        return [number, new OurNode(number, { draws: setting.draws[number - 1]!, first, makeCore })]
      }),
    )
  }

  get up(): readonly OurNode[] {
    return [...this.nodes.values()].filter((node) => node.isUp)
  }

  node(number: PeerNumber): OurNode {
    return this.nodes.get(number)!
  }

  /** Undefined if the operation is not possible now, as may be in a shortened schedule. */
  carryOut(operation: Operation): Step | undefined {
    const node = this.node(operation.peer)
    if (this.isOver || !isPossible(this, operation)) return undefined
    const drawsBefore = node.drawsTaken
    const before = node.isUp ? node.core.status() : undefined
    this.happenings.before(operation, node, this.#messageOf(operation))
    try {
      const done = carryOut(this, operation)
      const status = node.isUp ? node.core.status() : undefined
      node.reads.follow(status)
      this.happenings.after(done, { before, after: status })
      if (done.forEtcd === undefined && !isSame(before, status)) throw new Error('what etcd is not told has an effect')
      const observation: Observation = [
        status === undefined ? 0 : observedStatus(status),
        Number(node.isUp && node.core.hasReady()),
        node.drawsTaken - drawsBefore,
        done.confState === undefined ? Number(done.refused ?? false) : observedConfState(done.confState),
        done.ready === undefined ? 0 : observedReady(done.ready),
      ]
      const hints: Hints = {
        readsBegun: done.readsBegun ?? 0,
        answeredHere: done.answeredHere ?? [],
        others: (status?.progress.length ?? 1) - 1,
        readsDue: isRoundDue(node),
      }
      const { forEtcd, known = [] } = done
      return { operation, forEtcd, observed: JSON.stringify(observation), hints, known }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.isOver = true
      const forEtcd: EtcdOperation = { ...operation }
      return {
        operation,
        forEtcd,
        observed: JSON.stringify(`stopped: ${error.message}`),
        hints: { readsBegun: 0, answeredHere: [], others: 0, readsDue: false },
        known: [],
      }
    }
  }

  #messageOf(operation: Operation): Message | undefined {
    return operation.kind === 'deliver' ? this.network.find(operation.message)?.message : undefined
  }
}

function isSame(before: Status | undefined, after: Status | undefined): boolean {
  if (before === undefined || after === undefined) return before === after
  return JSON.stringify(observedStatus(before)) === JSON.stringify(observedStatus(after))
}
