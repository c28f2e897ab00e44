import type { HappeningCounts } from './happenings.ts'
import type { Operation, PeerNumber, Setting } from './operation.ts'
import { OurCluster } from './our-cluster.ts'
import type { MakeCore, OurNode } from './our-node.ts'
import { drawSetting, drawWeights, type Act, type Weights } from './schedule-setting.ts'
import { logEntriesMax } from './size-unit.ts'
import type { Step } from './step.ts'
import { Dice } from '../../src/raft/core/testing/dice.ts'

/** Messages in flight; beyond, one is lost. */
const inFlightMax = 40

/** Acts that come to nothing without a leader. */
const forLeaders: ReadonlySet<Act> = new Set([
  'propose',
  'change',
  'leave',
  'transfer',
  'snapshot_status',
  'diverge',
  'read',
] as const)

/** A schedule that was drawn, and what we did in it. */
export interface Drawn {
  readonly seed: number
  readonly setting: Setting
  readonly steps: readonly Step[]
  readonly happenings: HappeningCounts
}

type Draft = Operation extends infer One ? (One extends Operation ? Omit<One, 'id'> : never) : never

/**
 * Draws operations from a seed, by the state that they have brought us to. Each schedule has its own sizes, limits and
 * weights, so that some consist of crashes and others never lose a message.
 */
export class ScheduleGenerator {
  readonly #seed: number
  readonly #dice: Dice
  readonly #cluster: OurCluster
  readonly #weights: Weights
  readonly #steps: Step[] = []
  readonly #stepsMax: number
  #operations = 0
  #names = 0
  #reads = 0
  /** Who is cut off, and from what. */
  #cut: { readonly peer: PeerNumber; readonly hears: boolean; readonly speaks: boolean } | undefined

  constructor(seed: number, makeCore?: MakeCore) {
    this.#seed = seed
    this.#dice = new Dice(seed)
    const setting = drawSetting(this.#dice)
    this.#cluster = new OurCluster(setting, makeCore)
    this.#weights = drawWeights(this.#dice, setting.voters.length)
    this.#stepsMax = this.#dice.pick([60, 150, 400, 800])
  }

  run(): Drawn {
    for (const node of this.#cluster.nodes.values())
      this.#do({ kind: 'start', peer: node.number, applied: node.applied })
    while (this.#steps.length < this.#stepsMax && !this.#cluster.isOver) {
      if (this.#dice.chance(0.01)) this.#cutOrHeal()
      this.#act(this.#dice.weighted(this.#weights.acts))
      while (this.#cluster.network.inFlight.length > inFlightMax) this.#cluster.network.take(0)
    }
    return {
      seed: this.#seed,
      setting: this.#cluster.setting,
      steps: this.#steps,
      happenings: this.#cluster.happenings.counts,
    }
  }

  #do(draft: Draft): void {
    const step = this.#cluster.carryOut({ ...draft, id: ++this.#operations })
    if (step === undefined) return
    this.#steps.push(step)
    const node = this.#cluster.node(draft.peer)
    const isInput = !['turn', 'write', 'respond', 'apply', 'crash'].includes(draft.kind)
    if (isInput && node.isUp && this.#dice.chance(this.#weights.promptness)) this.#settle(node)
  }

  #act(act: Act): void {
    const { up } = this.#cluster
    if (act === 'start' || up.length === 0) return this.#start()
    const node = this.#dice.pick(up)
    const peer = node.number
    if (forLeaders.has(act) && leaderOf(up) === undefined && this.#dice.chance(0.8))
      return this.#elect(this.#candidate(up))
    switch (act) {
      case 'round':
        return this.#round()
      case 'elect':
        return this.#elect(this.#candidate(up))
      case 'converse':
        return this.#converse(node, { times: 1 + this.#dice.below(3) })
      case 'diverge':
        return this.#diverge(leaderOf(up))
      case 'settle':
        return this.#settle(node)
      case 'turn':
      case 'write':
      case 'respond':
      case 'apply':
      case 'campaign':
      case 'forget':
        return this.#do({ kind: act, peer })
      case 'tick':
        for (let count = 1 + this.#dice.below(this.#weights.ticksMax); count > 0; count--) {
          this.#do({ kind: 'tick', peer })
        }
        return
      case 'deliver':
        return this.#deliverSome()
      case 'double':
        return this.#deliverAgain()
      case 'drop':
        this.#cluster.network.take(this.#dice.below(Math.max(1, this.#cluster.network.inFlight.length)))
        return
      case 'rivals':
        for (const rival of up) this.#do({ kind: 'forget', peer: rival.number })
        for (const rival of up) this.#do({ kind: 'campaign', peer: rival.number })
        return
      case 'propose':
        return this.#propose(this.#proposer(node))
      case 'change':
        return this.#change(this.#proposer(node))
      case 'leave':
        return this.#do({
          kind: 'propose_conf',
          peer: (leaderOf(up) ?? node).number,
          name: 0,
          change: { transition: 'auto', steps: [] },
        })
      case 'transfer':
        return this.#transfer(leaderOf(up) ?? node)
      case 'compact':
        return this.#compact(node)
      case 'snapshot_status':
        return this.#reportSnapshot(leaderOf(up) ?? node)
      case 'read':
        return this.#do({ kind: 'read', peer, context: `read ${++this.#reads}` })
      case 'unreachable':
        return this.#do({ kind: 'unreachable', peer, to: this.#anyPeer() })
      case 'crash':
        return this.#crash(node)
      case 'bounce':
        this.#crash(node)
        return this.#start()
    }
  }

  /** Mostly a leader. Who does not lead refuses, which need not be seen often. */
  #proposer(node: OurNode): OurNode | undefined {
    return this.#dice.chance(0.05) ? node : leaderOf(this.#cluster.up)
  }

  /** A while in which things go well, more or less: without it hardly anything would ever be agreed. */
  #round(): void {
    for (const node of this.#cluster.up) this.#settle(node)
    for (let count = this.#cluster.network.inFlight.length; count > 0; count--) {
      if (this.#dice.chance(0.9)) this.#deliverSome()
    }
  }

  /** Half the time who has the longest log, and so may win. */
  #candidate(nodes: readonly OurNode[]): OurNode {
    const lengthOf = (node: OurNode): number => node.core.status().lastIndex
    const longest = nodes.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0]!
    return this.#dice.chance(0.5) ? longest : this.#dice.pick(nodes)
  }

  /** Nobody protects the old leader, and one peer campaigns, perhaps with success. */
  #elect(node: OurNode): void {
    for (const follower of this.#cluster.up) {
      const protects = follower.core.status().leader !== ''
      if (protects && this.#dice.chance(0.95)) this.#do({ kind: 'forget', peer: follower.number })
    }
    this.#do({ kind: 'campaign', peer: node.number })
    this.#converse(node, { times: 3 + this.#dice.below(4), keepsUp: this.#dice.chance(0.7) })
  }

  /** A leader appends what hardly anybody hears of, but who writes it slowly, and another peer is elected without it. */
  #diverge(leader: OurNode | undefined): void {
    if (leader === undefined) return
    const isSlow = (node: OurNode): boolean => node.number === this.#weights.slowDisk
    const others = this.#cluster.up.filter((other) => other !== leader)
    const slow = others.filter(isSlow)
    const hearing = slow.length > 0 && this.#dice.chance(0.7) ? slow : others.filter(() => this.#dice.chance(0.3))
    this.#propose(leader)
    // Who has not answered what it writes is sent more only once it has answered a heartbeat.
    for (let tick = this.#cluster.setting.config.heartbeatTicks; tick > 0; tick--) {
      this.#do({ kind: 'tick', peer: leader.number })
    }
    this.#converse(leader, { times: 2, with: hearing })
    this.#cut = { peer: leader.number, hears: false, speaks: false }
    const rivals = others.filter((other) => !isSlow(other))
    if (rivals.length > 0) this.#elect(this.#candidate(rivals))
    if (this.#dice.chance(0.7)) this.#cut = undefined
  }

  /**
   * Messages go to and fro between one peer and the others, past all that waits otherwise. `keepsUp` is for disks, but
   * for the slow one.
   */
  #converse(
    node: OurNode,
    options: { readonly times: number; readonly with?: readonly OurNode[]; readonly keepsUp?: boolean },
  ): void {
    const { times, with: partners, keepsUp = false } = options
    const { network } = this.#cluster
    const passed = (from: PeerNumber, to: PeerNumber): void => {
      for (let at = 0; at < network.inFlight.length;) {
        const { ref, message } = network.inFlight[at]!
        if (Number(message.from) === from && ref.to === to && this.#dice.chance(this.#weights.reach)) this.#deliver(at)
        else at++
      }
    }
    const { reach } = this.#weights
    const others = partners ?? this.#cluster.up.filter((other) => other !== node && this.#dice.chance(reach))
    for (let time = 0; time < times; time++) {
      this.#settle(node, keepsUp)
      for (const other of others) {
        passed(node.number, other.number)
        this.#settle(other, keepsUp)
        passed(other.number, node.number)
      }
    }
  }

  #settle(node: OurNode, keepsUp = false): void {
    const { number: peer } = node
    this.#do({ kind: 'turn', peer })
    const diskSpeed = peer === this.#weights.slowDisk ? 0.05 : keepsUp ? 1 : this.#weights.diskSpeed
    if (this.#dice.chance(diskSpeed)) this.#do({ kind: 'write', peer })
    if (this.#dice.chance(diskSpeed)) this.#do({ kind: 'respond', peer })
    if (this.#dice.chance(diskSpeed)) this.#do({ kind: 'apply', peer })
    if (this.#dice.chance(diskSpeed)) this.#do({ kind: 'turn', peer })
  }

  #deliverSome(): void {
    const { length } = this.#cluster.network.inFlight
    if (length > 0) this.#deliver(this.#dice.chance(this.#weights.order) ? 0 : this.#dice.below(length))
  }

  #deliver(at: number): void {
    const { network } = this.#cluster
    const { ref, message } = network.take(at)!
    if (ref.to === this.#cut?.peer && !this.#cut.hears) return
    if (Number(message.from) === this.#cut?.peer && !this.#cut.speaks) return
    this.#do({ kind: 'deliver', peer: ref.to, message: ref })
  }

  #deliverAgain(): void {
    const { inFlight } = this.#cluster.network
    if (inFlight.length === 0) return
    const { ref } = this.#dice.pick(inFlight)
    this.#do({ kind: 'deliver', peer: ref.to, message: ref })
  }

  #propose(node: OurNode | undefined): void {
    if (node === undefined || node.core.status().lastIndex + 3 > logEntriesMax) return
    const sizes = Array.from({ length: this.#dice.pick([1, 1, 2, 3]) }, () => this.#dice.pick([0, 1, 1, 1, 2, 3]))
    this.#do({ kind: 'propose', peer: node.number, first: this.#names + 1, sizes })
    this.#names += sizes.length
  }

  /** Mostly of few steps, each on another peer; some leave the configuration as it is, some are refused. */
  #change(node: OurNode | undefined): void {
    if (node === undefined || node.core.status().lastIndex + 3 > logEntriesMax) return
    const count = this.#dice.pick([1, 1, 1, 2, 2, 3])
    const steps = Array.from({ length: count }, () => ({
      kind: this.#dice.pick(['add_voter', 'add_voter', 'add_learner', 'remove'] as const),
      peer: this.#anyPeer(),
    }))
    const transition = this.#dice.pick(['auto', 'auto', 'joint_implicit', 'joint_explicit'] as const)
    this.#do({ kind: 'propose_conf', peer: node.number, name: ++this.#names, change: { transition, steps } })
  }

  #compact(node: OurNode): void {
    const index = node.applied - this.#dice.pick([0, 0, 1, 3])
    this.#do({ kind: 'compact', peer: node.number, index })
  }

  /** Mostly to a voter, which perhaps loses its vote meanwhile. */
  #transfer(node: OurNode): void {
    const { voters } = node.core.status().confState
    const to = voters.length > 0 && this.#dice.chance(0.8) ? Number(this.#dice.pick(voters)) : this.#anyPeer()
    const isPending = node.core.status().pendingConfIndex > node.core.status().applied
    if (!isPending && this.#dice.chance(0.3)) {
      const kind = this.#dice.pick(['add_learner', 'remove'] as const)
      const change = { transition: 'auto' as const, steps: [{ kind, peer: to }] }
      this.#do({ kind: 'propose_conf', peer: node.number, name: ++this.#names, change })
    }
    this.#do({ kind: 'transfer', peer: node.number, to })
  }

  /** Mostly of a snapshot that is on its way. */
  #reportSnapshot(node: OurNode): void {
    const { progress } = node.core.status()
    const pending = progress.filter(({ state }) => state === 'snapshot')
    if (pending.length === 0 && this.#dice.chance(0.8)) return
    const to = pending.length > 0 ? Number(this.#dice.pick(pending).id) : this.#anyPeer()
    this.#do({ kind: 'snapshot_status', peer: node.number, to, ok: this.#dice.chance(0.5) })
  }

  #anyPeer(): PeerNumber {
    return 1 + this.#dice.below(this.#cluster.setting.peers)
  }

  #crash(node: OurNode): void {
    this.#do({ kind: 'crash', peer: node.number, keep: this.#dice.below(node.writesWaiting + 1) })
  }

  #start(): void {
    const down = [...this.#cluster.nodes.values()].filter((node) => !node.isUp)
    if (down.length === 0) return
    const node = this.#dice.pick(down)
    const beginning = node.disk.firstIndex() - 1
    const back = this.#dice.chance(0.5) ? 0 : this.#dice.below(node.applied - beginning + 1)
    const applied = node.applied - back
    this.#do({ kind: 'start', peer: node.number, applied })
  }

  #cutOrHeal(): void {
    const { up } = this.#cluster
    if (this.#cut !== undefined || up.length === 0) {
      this.#cut = undefined
      return
    }
    const peer = (this.#dice.chance(0.6) ? leaderOf(up) : undefined)?.number ?? this.#dice.pick(up).number
    const way = this.#dice.pick(['both', 'both', 'in', 'out'] as const)
    this.#cut = { peer, hears: way === 'out', speaks: way === 'in' }
  }
}

/** The leader of the highest term. */
function leaderOf(nodes: readonly OurNode[]): OurNode | undefined {
  const leaders = nodes.filter((node) => node.core.status().role === 'leader')
  return leaders.toSorted((one, other) => other.core.status().term - one.core.status().term)[0]
}
