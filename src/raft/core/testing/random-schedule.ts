import type { Message, PeerId } from '../types.ts'
import { Dice } from './dice.ts'
import { changeConfiguration, compact, reportSnapshots, transferLeadership } from './schedule-changes.ts'
import { SimCluster, type SimConfig } from './sim-cluster.ts'
import type { SimPeer, Turn } from './sim-peer.ts'
import { encodeText } from './text.ts'

/** Messages in flight; beyond, one is lost. */
const inFlightMax = 60

/** What happened in a schedule, so that a test can tell that something did. */
export interface ScheduleCounts {
  elections: number
  committed: number
  crashes: number
  lostWrites: number
  overwrites: number
  reads: number
  confChanges: number
  /** Campaigns that a leader asked for. */
  transfers: number
  compactions: number
  /** Snapshots that were to be installed. */
  snapshots: number
}

/** Nothing has happened yet. */
export const noCounts: ScheduleCounts = {
  elections: 0,
  committed: 0,
  crashes: 0,
  lostWrites: 0,
  overwrites: 0,
  reads: 0,
  confChanges: 0,
  transfers: 0,
  compactions: 0,
  snapshots: 0,
}

type Action =
  | 'round'
  | 'run'
  | 'deliver'
  | 'double'
  | 'drop'
  | 'sync'
  | 'apply'
  | 'tick'
  | 'campaign'
  | 'rivals'
  | 'propose'
  | 'read'
  | 'crash'
  | 'restart'
  | 'bounce'
  | 'unreachable'
  | 'forget'
  | 'configure'
  | 'transfer'
  | 'compact'
  | 'report'

/** Everything that may happen to peers, in an order drawn from a seed, with the checks of `SafetyChecker` throughout. */
export class RandomSchedule {
  readonly counts: ScheduleCounts = { ...noCounts }
  readonly #dice: Dice
  readonly #cluster: SimCluster
  readonly #weights: Readonly<Record<Action, number>>
  readonly #cut = new Set<PeerId>()
  /** For each context the highest index that was committed when the read began. */
  readonly #readsFrom = new Map<string, number>()
  #proposals = 0
  #leaderOf = ''

  constructor(seed: number) {
    this.#dice = new Dice(seed)
    const voters = ['1', '2', '3', '4', '5'].slice(0, this.#dice.pick([1, 2, 3, 3, 3, 3, 4, 5]))
    const spare = ['6', '7', '8'].slice(0, this.#dice.pick([0, 1, 2, 3]))
    this.#cluster = new SimCluster({
      voters,
      spare,
      config: this.#drawConfig(),
      fresh: this.#dice.chance(0.5),
      random: (_, below) => this.#dice.below(below),
      onTurn: (peer, turn) => this.#countTurn(peer, turn),
    })
    this.#weights = this.#drawWeights()
    for (const id of this.#cluster.peers.keys()) this.#cluster.start(id)
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      if (this.#dice.chance(0.01)) this.#cutOrHeal()
      this.#act(this.#dice.weighted(this.#weights))
      this.#checkReads()
      while (this.#cluster.inFlight.length > inFlightMax) this.#take()
    }
    this.counts.committed = this.#cluster.safety.committed
  }

  /** After any of it, peers that are all up and connected elect a leader, commit and agree. */
  recover(): void {
    this.#cut.clear()
    for (const peer of this.#cluster.peers.values()) if (!peer.up) this.#cluster.start(peer.id)
    for (let ticks = 0; ticks < 400; ticks++) {
      for (const peer of this.#cluster.up()) peer.core.tick()
      this.#cluster.settle()
      if (ticks % 20 === 0) reportSnapshots(this.#cluster, () => false)
    }
    const leaders = this.#cluster.up().filter((peer) => peer.status.role === 'leader')
    if (leaders.length !== 1) throw new Error(`not live: ${leaders.length} leaders after all peers are back`)
    const [leader] = leaders
    if (leader!.core.propose([encodeText('last')]) !== undefined) throw new Error('not live: refused')
    leader!.core.readIndex('last')
    this.#readsFrom.set('last', this.#cluster.safety.committed)
    this.#cluster.settle()
    this.#checkReads()
    if (this.#readsFrom.has('last')) throw new Error('not live: a read is never answered')
    const { voters, votersOutgoing, learners } = leader!.status.confState
    for (const id of [...voters, ...votersOutgoing, ...learners]) {
      const peer = this.#cluster.peer(id)
      if (String(peer.applied.at(-1)?.data) !== String(encodeText('last'))) {
        throw new Error(`not live: peer ${peer.id} has not applied the last entry`)
      }
    }
  }

  #drawConfig(): Partial<SimConfig> {
    return {
      electionTicks: this.#dice.pick([2, 3, 6]),
      maxAppendBytes: this.#dice.pick([1, 10, 1_000]),
      maxInflightMessages: this.#dice.pick([1, 2, 16]),
      maxCommittedBytesPerReady: this.#dice.pick([1, 10, 1_000]),
      maxUncommittedBytes: this.#dice.pick([30, 1_000]),
    }
  }

  #drawWeights(): Record<Action, number> {
    const pick = (weights: readonly number[]) => this.#dice.pick(weights)
    return {
      round: pick([5, 15]),
      run: pick([30, 60]),
      deliver: pick([30, 60]),
      double: pick([0, 3, 10]),
      drop: pick([0, 3, 10]),
      sync: pick([3, 10, 30]),
      apply: pick([5, 10]),
      tick: pick([5, 15]),
      campaign: pick([0, 1, 3]),
      propose: pick([3, 10]),
      read: pick([1, 3]),
      crash: pick([0, 1]),
      restart: pick([1, 3]),
      bounce: pick([0, 0, 2]),
      rivals: pick([0, 0, 1]),
      unreachable: pick([0, 1]),
      forget: pick([0, 1]),
      configure: pick([0, 5, 15]),
      transfer: pick([0, 1, 3]),
      compact: pick([0, 2, 6]),
      report: pick([1, 3]),
    }
  }

  #act(action: Action): void {
    const up = this.#cluster.up()
    if (action === 'restart' || up.length === 0) {
      const down = [...this.#cluster.peers.values()].filter((peer) => !peer.up)
      if (down.length > 0) this.#cluster.start(this.#dice.pick(down).id)
      return
    }
    const peer = this.#dice.pick(up)
    switch (action) {
      case 'round':
        return this.#round()
      case 'run':
        this.#cluster.runPeer(peer)
        return this.#countElection(peer)
      case 'deliver':
        return this.#deliver(this.#take())
      case 'double':
        return this.#deliver(this.#cluster.inFlight.length > 0 ? this.#dice.pick(this.#cluster.inFlight) : undefined)
      case 'drop':
        this.#take()
        return
      case 'sync':
        this.#cluster.sync(peer)
        return
      case 'apply':
        this.#cluster.apply(peer)
        return
      case 'tick':
        return peer.core.tick()
      case 'campaign':
        return peer.core.campaign()
      case 'rivals':
        return this.#rivals()
      case 'propose':
        return this.#propose()
      case 'read':
        return this.#read(peer)
      case 'crash':
        return this.#crash(peer)
      case 'bounce':
        this.#crash(peer)
        return this.#cluster.start(peer.id)
      case 'unreachable':
        return peer.core.reportUnreachable(this.#dice.pick([...this.#cluster.peers.keys()]))
      case 'forget':
        return peer.core.forgetLeader()
      case 'configure':
        this.counts.confChanges += changeConfiguration(this.#cluster, this.#dice)
        return
      case 'transfer':
        return transferLeadership(this.#cluster, this.#dice)
      case 'compact':
        this.counts.compactions++
        return compact(peer, this.#dice)
      case 'report':
        return reportSnapshots(this.#cluster, () => this.#dice.chance(0.5))
    }
  }

  /** A while in which things go well, more or less: without it hardly anything would ever be agreed. */
  #round(): void {
    for (const peer of this.#cluster.up()) {
      this.#cluster.runPeer(peer)
      this.#countElection(peer)
      if (this.#dice.chance(0.6)) this.#cluster.sync(peer)
      if (this.#dice.chance(0.6)) this.#cluster.apply(peer)
    }
    for (let count = this.#cluster.inFlight.length; count > 0; count--) {
      if (this.#dice.chance(0.8)) this.#deliver(this.#cluster.inFlight.shift())
    }
  }

  #take(): Message | undefined {
    const { inFlight } = this.#cluster
    if (inFlight.length === 0) return undefined
    const at = this.#dice.chance(0.5) ? 0 : this.#dice.below(inFlight.length)
    return inFlight.splice(at, 1)[0]
  }

  #deliver(message: Message | undefined): void {
    if (message === undefined || this.#cut.has(message.from) || this.#cut.has(message.to)) return
    this.#cluster.deliver(message)
  }

  #propose(): void {
    for (const peer of this.#cluster.up()) {
      if (peer.status.role !== 'leader') continue
      const data = Array.from({ length: 1 + this.#dice.below(3) }, () => `p${++this.#proposals}`)
      peer.core.propose(data.map((item) => encodeText(item)))
    }
  }

  #read(peer: SimPeer): void {
    const context = `read-${this.#readsFrom.size}`
    this.#readsFrom.set(context, this.#cluster.safety.committed)
    peer.core.readIndex(context)
  }

  /** Everybody wants to lead at once: votes split, and one that is forgotten is soon given again. */
  #rivals(): void {
    for (const peer of this.#cluster.up()) peer.core.forgetLeader()
    for (const peer of this.#cluster.up()) peer.core.campaign()
  }

  #crash(peer: SimPeer): void {
    const keepWrites = this.#dice.below(peer.writes.length + 1)
    this.counts.crashes++
    this.counts.lostWrites += peer.writes.length - keepWrites
    this.#cluster.crash(peer.id, { keepWrites })
  }

  #cutOrHeal(): void {
    if (this.#cut.size > 0) return this.#cut.clear()
    const leaders = this.#cluster.up().filter((peer) => peer.status.role === 'leader')
    const ids =
      leaders.length > 0 && this.#dice.chance(0.6) ? leaders.map((peer) => peer.id) : this.#cluster.peers.keys()
    this.#cut.add(this.#dice.pick([...ids]))
  }

  #countTurn(peer: SimPeer, turn: Turn): void {
    const first = turn.append?.entries[0]
    if (first !== undefined && first.index <= peer.disk.lastIndex()) this.counts.overwrites++
    if (turn.append?.snapshot !== undefined) this.counts.snapshots++
    if (turn.append?.responses.some(({ context }) => context === 'transfer') === true) this.counts.transfers++
  }

  #countElection(peer: SimPeer): void {
    const { role, term } = peer.status
    const leader = `${peer.id} in ${term}`
    if (role !== 'leader' || leader === this.#leaderOf) return
    this.#leaderOf = leader
    this.counts.elections++
  }

  #checkReads(): void {
    for (const { state } of this.#cluster.readStates.splice(0)) {
      const from = this.#readsFrom.get(state.context)
      if (from === undefined) throw new Error(`an answer to a read that nobody asked: ${state.context}`)
      if (state.index < from) throw new Error(`unsafe: a read of ${from} was answered with ${state.index}`)
      this.counts.reads++
      if (state.context === 'last') this.#readsFrom.delete('last')
    }
  }
}
