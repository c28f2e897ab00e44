import type { CommittedEntry, Leadership } from '../../../src/raft/member/port.ts'
import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'
import { clusterIdOf, peerIdOf } from '../../../src/raft/store/cluster-id.ts'
import type { PeerAddress } from '../../../src/raft/store/configuration.ts'
import { Client } from '../clients/client.ts'
import type { Operation } from '../clients/operation.ts'
import type { Pace } from '../clients/pace.ts'
import { Watcher } from '../clients/watcher.ts'
import { InjectedError } from '../disk/injected-error.ts'
import type { EndOfProcess, SimDisk } from '../disk/sim-disk.ts'
import { Atlas } from '../disturbances/atlas.ts'
import { Changes } from '../disturbances/changes.ts'
import { Coverage, type CoverageTable, type Phase } from '../disturbances/coverage.ts'
import { logOf, logPath } from '../disturbances/damaged-disk.ts'
import { Driver } from '../disturbances/driver.ts'
import { Stage } from '../disturbances/stage.ts'
import { disturbances } from '../disturbances/table.ts'
import { SimNetwork } from '../network/sim-network.ts'
import { ChangeOracle } from '../oracle/change-oracle.ts'
import { ContactOracle } from '../oracle/contact-oracle.ts'
import { ClientOracle } from '../oracle/client-oracle.ts'
import { LeaseOracle } from '../oracle/lease-oracle.ts'
import { logBaseOf, logImageOf } from '../oracle/log-image.ts'
import { LogOracle } from '../oracle/log-oracle.ts'
import { namesOf } from '../oracle/membership-model.ts'
import { ShelfModel } from '../oracle/shelf-model.ts'
import { SnapshotOracle } from '../oracle/snapshot-oracle.ts'
import { StateOracle } from '../oracle/state-oracle.ts'
import { TransactionOracle } from '../oracle/transaction-oracle.ts'
import { Violation, type Invariant } from '../oracle/violation.ts'
import type { ProcessEvents } from '../peer/process-events.ts'
import { SimPeer } from '../peer/sim-peer.ts'
import { Dice } from '../world/dice.ts'
import { Timeline } from '../world/timeline.ts'
import { Trace } from '../world/trace.ts'
import type { CoreLimits, SnapshotPace, World } from '../world/world.ts'
import { drawCoreLimits, drawPace, drawReleases, drawSize, drawSnapshotPace, drawSpares } from './draw.ts'

/** World time of one tick: that of a peer's core whose clock is right. */
export const tickUs = 50_000

/** After everything is healed, all must be well again within so many ticks: four minutes. */
export const recoveryTicksMax = 4_800

/** A disk that held a peer up for so much of 20 s is a reason to end. */
const heldUpUsMin = 19_000_000

/** A peer that is behind by more than this, or has been running for less, is recovering. */
const behindMax = 2
const freshUs = 1_500_000

export interface SimulationOptions {
  readonly seed: number
  readonly ticks: number
  /** Kinds of disturbance that are left out. */
  readonly without?: ReadonlySet<string>
  /** Kinds that every seed draws. */
  readonly focus?: ReadonlySet<string>
  /** Lines of the trace that are kept. */
  readonly traceLines?: number
}

/** How one seed went. */
export interface SimulationResult {
  readonly seed: number
  /** Ticks of the safety phase that were run, and of the recovery after it. */
  readonly ticks: number
  readonly recoveryTicks: number
  readonly failure: { readonly invariant: Invariant; readonly what: string; readonly tick: number } | undefined
  readonly traceHash: string
  readonly trace: readonly string[]
  readonly coverage: CoverageTable
  readonly counts: Readonly<Record<string, number>>
  readonly drawn: readonly string[]
}

/**
 * One cluster, its clients, and what happens to them, all by one seed: first whatever the seed has drawn, with every
 * invariant looked at after every tick; then everything is healed, and all must be well within a bounded time.
 */
export class Simulation implements World, ProcessEvents {
  readonly timeline = new Timeline()
  readonly trace: Trace
  readonly network: SimNetwork
  readonly clusterId: string
  readonly addresses: readonly PeerAddress[]
  readonly founders: readonly PeerAddress[]
  readonly events: ProcessEvents = this
  readonly peers: readonly SimPeer[]
  readonly coreLimits: CoreLimits
  readonly snapshotPace: SnapshotPace
  readonly #options: SimulationOptions
  readonly #stage: Stage
  readonly #atlas: Atlas
  readonly #coverage = new Coverage(disturbances.map(({ name }) => name))
  readonly #driver: Driver
  readonly #clients: readonly Client[]
  readonly #watchers: readonly Watcher[]
  readonly #model = new ShelfModel()
  readonly #log: LogOracle
  readonly #snapshots: SnapshotOracle
  readonly #clientOracle = new ClientOracle(this.#model, () => this.#transactions.logTimeMs)
  readonly #transactions: TransactionOracle
  readonly #states: StateOracle
  readonly #leases: LeaseOracle
  readonly #contacts: ContactOracle
  #violation: Violation | undefined
  #tick = 0
  #committed = 0
  #installed = 0
  #rebuilt = 0

  constructor(options: SimulationOptions) {
    const { seed, ticks, without = new Set<string>(), focus = new Set<string>(), traceLines = 400 } = options
    this.#options = options
    this.trace = new Trace(() => this.timeline.nowUs, traceLines)
    const dice = Dice.named(seed, 'cluster')
    const size = drawSize(dice)
    const pace = drawPace(dice)
    this.coreLimits = drawCoreLimits(dice)
    this.snapshotPace = drawSnapshotPace(Dice.named(seed, 'snapshots'))
    const spares = drawSpares(Dice.named(seed, 'spares'))
    const machines = Array.from({ length: size + spares }, (_, at) => ({
      name: String.fromCodePoint(97 + at),
      address: `127.0.0.1:${7401 + at}`,
    }))
    this.clusterId = clusterIdOf({ peers: machines.slice(0, size), token: 'simulated' })
    this.addresses = machines.map((peer) => ({ ...peer, id: peerIdOf({ clusterId: this.clusterId, name: peer.name }) }))
    this.founders = this.addresses.slice(0, size)
    const ids = this.addresses.map(({ id }) => id)
    this.network = new SimNetwork(this.timeline, ids, Dice.named(seed, 'network'))
    this.peers = this.addresses.map((address) => new SimPeer(this, address, seed))
    for (const peer of this.peers.slice(0, size)) peer.isInstalled = true
    drawReleases(this.peers, dice)
    this.#log = new LogOracle(this.addresses)
    this.#snapshots = new SnapshotOracle(this.#log, (peer) => this.#atlas.isDamaged(peer))
    this.#leases = new LeaseOracle(this.peers)
    const nowMs = () => this.timeline.nowUs / 1000 + this.#stage.suspendedMs
    this.#transactions = new TransactionOracle({ model: this.#model, calls: this.#clientOracle.calls, nowMs })
    this.#states = new StateOracle(this.#model, this.#transactions)
    this.#contacts = new ContactOracle(this.peers, () => this.timeline.nowUs / 1000)
    const changes = new Changes(() => this.#log, this.peers)
    this.#atlas = new Atlas(() => changes.voterSets)
    const { timeline, network, peers } = this
    this.#stage = new Stage({ timeline, network, peers, atlas: this.#atlas, changes })
    const driving = { seed, ticks, kinds: disturbances, without, focus, stage: this.#stage, coverage: this.#coverage }
    this.#driver = new Driver({ ...driving, trace: this.trace })
    this.#listen()
    this.#clients = Array.from({ length: pace.clients }, (_, at) => this.#makeClient(at, pace))
    this.#watchers = Array.from({ length: pace.watchers }, (_, at) => this.#makeWatcher(at))
  }

  async run(): Promise<SimulationResult> {
    const onRejection = (error: unknown) => this.#uncaught(error)
    process.on('unhandledRejection', onRejection)
    try {
      for (const peer of this.peers) if (peer.isInstalled) peer.start()
      const { ticks } = this.#options
      while (this.#tick < ticks && this.#violation === undefined) await this.#passTick(true)
      const ticksRun = this.#tick
      if (this.#violation === undefined) await this.#recover()
      return this.#result(ticksRun)
    } finally {
      process.removeListener('unhandledRejection', onRejection)
      for (const peer of this.peers) peer.crash('process')
    }
  }

  check(look: () => void): void {
    if (this.#violation !== undefined) return
    try {
      look()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.#violation = error
      this.trace.note('', 'VIOLATED', error.invariant, error.message)
      this.timeline.stop()
    }
  }

  takeWish(): Operation | undefined {
    return this.#stage.takeWish()
  }

  hasLostHistory(peer: SimPeer): boolean {
    return this.#atlas.isDamaged(peer)
  }

  historyBegin(peer: SimPeer): number {
    return this.#snapshots.historyBegin(peer)
  }

  // What processes do.

  started(peer: SimPeer): void {
    this.trace.note(peer.name, 'starts', peer.runs, peer.process?.damage === '' ? 'sound' : 'damaged')
    if (peer.process?.damage === '') this.check(() => this.#believes(peer))
  }

  repairing(peer: SimPeer, reason: string): void {
    this.trace.note(peer.name, 'repairs its log', reason)
    this.check(() => {
      if (reason !== '' && !this.#atlas.isDamaged(peer)) {
        throw new Violation('no needless damage', `${peer.name} repairs: ${reason}`)
      }
    })
  }

  damaged(peer: SimPeer, reason: string): void {
    this.trace.note(peer.name, 'is damaged', reason)
    this.check(() => {
      if (!this.#atlas.isDamaged(peer)) throw new Violation('no needless damage', `${peer.name}: ${reason}`)
    })
  }

  rebuilds(peer: SimPeer, reason: string): void {
    this.trace.note(peer.name, 'makes its state anew', reason)
    this.#rebuilt++
    this.check(() => {
      if (this.#atlas.isDamaged(peer)) return
      throw new Violation('no needless damage', `${peer.name} makes its state anew: ${reason}`)
    })
  }

  opened(peer: SimPeer): void {
    const replica = peer.process!.replica!
    this.trace.note(peer.name, 'opens its state', replica.appliedIndex)
    this.#snapshots.opened(peer, replica.reader().revision)
  }

  installs(peer: SimPeer, index: number): void {
    this.trace.note(peer.name, 'installs a snapshot', index)
    this.#installed++
    this.check(() => this.#snapshots.installs(peer, index))
  }

  refusesSnapshot(peer: SimPeer, reason: string): void {
    this.trace.note(peer.name, 'refuses a snapshot', reason)
    this.check(() => this.#snapshots.refuses(peer, reason))
  }

  leadership(peer: SimPeer, { term, role, firstIndex, leader }: Leadership): void {
    this.trace.note(peer.name, `is ${role}`, term, leader === '' ? 'none' : this.#nameOf(leader), firstIndex)
    Object.assign(peer, { role, term, firstIndex })
    if (role !== 'leader') return
    this.check(() => {
      this.#log.leads(peer.id, term, firstIndex)
      this.#leases.leads(peer, term)
    })
  }

  committed(peer: SimPeer, entries: readonly CommittedEntry[]): void {
    this.check(() => {
      for (const entry of entries) {
        const { index, term, data, type } = entry
        this.#log.commits(peer.id, entry)
        if (index <= this.#committed) continue
        this.#committed = index
        this.trace.note(peer.name, 'commits', index, term, data.length)
        this.#transactions.commits(index, term, type === 'normal' ? data : new Uint8Array())
      }
    })
  }

  proposed(): void {}

  dies(peer: SimPeer, code: string, reason: string): void {
    this.trace.note(peer.name, 'dies', code, reason)
    const isOutdated = code === 'state_version_unknown' || reason.includes('this release reads format')
    // A stall and slow writes one after another are a write of the log that does not end.
    const isHeldUp = code === 'log_write_stalled' && peer.process!.heldUpUs > heldUpUsMin
    const isExpected =
      isHeldUp ||
      this.#stage.mayDie.has(peer) ||
      this.#atlas.mayStayAway(peer) ||
      (isOutdated && this.#isOutdated(peer))
    this.check(() => {
      if (!isExpected) throw new Violation('no needless death', `${peer.name} dies of ${code}: ${reason}`)
    })
  }

  /** It is of a release that does not know what the cluster uses: its operator is told, and starts a newer one. */
  #isOutdated(peer: SimPeer): boolean {
    const { stateVersion } = this.#transactions
    if (peer.release >= stateVersion) return false
    peer.release = stateVersion
    return true
  }

  refuses(peer: SimPeer, reason: string): void {
    this.dies(peer, 'start', reason)
    peer.crash('process')
  }

  ended(peer: SimPeer, how: EndOfProcess): void {
    this.trace.note(peer.name, 'ends', how)
    this.#stage.changes.ended(peer)
    peer.process = undefined
    peer.role = 'follower'
    if (peer.disk.failures === 0) this.#stage.mayDie.delete(peer)
    this.#stage.restartSoon(peer, 400_000)
  }

  /** A rejection that nobody handles ends the process that it belongs to. */
  #uncaught(error: unknown): void {
    const owner = this.peers.find((peer) =>
      error instanceof InjectedError ? peer.process?.owns(error.session) : peer.isUp && this.#atlas.isDamaged(peer),
    )
    if (owner?.process !== undefined) owner.process.dies('uncaught', textOf(error))
    else if (!(error instanceof InjectedError)) {
      this.check(() => {
        throw new Violation('no needless death', `nobody catches ${textOf(error)}`)
      })
    }
  }

  #listen(): void {
    this.network.onTaken = (from, to, messages) => {
      this.#contacts.heard(from, to)
      const peer = this.#peerOf(to)
      for (const { type, term } of messages)
        if (type === 'heartbeat' || type === 'append') this.#leases.hears(peer, term)
    }
    this.network.onSend = (from, to, parcel) => {
      if (parcel.kind === 'snapshot') return this.#sendsSnapshot(from, to, parcel.frame)
      if (parcel.kind !== 'messages') return
      this.check(() => {
        for (const message of parcel.messages) {
          this.#log.sent(from, message)
          const isVote = message.type === 'vote_response' || message.type === 'pre_vote_response'
          if (message.type === 'timeout_now') this.#leases.tells(message.to, message.term)
          if (isVote && !message.reject) this.#leases.votes(this.#peerOf(from), message.to, message.term)
        }
      })
    }
    for (const peer of this.peers) {
      peer.disk.onBatch = (path, changes) => {
        if (path === logPath || path === 'raft.new/log') this.check(() => this.#log.stored(peer.id, changes))
      }
      peer.disk.onMoved = (path) => {
        if (path === logPath) this.check(() => this.#log.replaces(peer.id, logImageOf(logOf(peer.disk)!)))
      }
    }
  }

  #sendsSnapshot(from: string, to: string, frame: SnapshotFrame): void {
    const [peer, receiver] = [this.#peerOf(from), this.#peerOf(to)]
    const facts = frame.kind === 'offer' ? frame.index : frame.kind === 'chunk' ? frame.position : frame.durableBytes
    this.trace.note(peer.name, `sends ${frame.kind}`, receiver.name, facts)
    this.check(() => this.#snapshots.sent(peer, receiver, frame))
  }

  #makeClient(at: number, pace: Pace): Client {
    const name = `c${at + 1}`
    const dice = Dice.named(this.#options.seed, `client ${name}`)
    return new Client({ name, world: this, peers: this.peers, oracle: this.#clientOracle, dice, pace })
  }

  #makeWatcher(at: number): Watcher {
    const name = `w${at + 1}`
    const dice = Dice.named(this.#options.seed, `watcher ${name}`)
    const oracle = new ChangeOracle(this.#transactions)
    return new Watcher({ name, world: this, peers: this.peers, oracle, dice })
  }

  async #passTick(isDisturbed: boolean): Promise<void> {
    this.#tick++
    await this.timeline.runUntil(this.#tick * tickUs)
    // Rejections that nobody handles are told when the program has nothing else to do.
    await new Promise(setImmediate)
    if (this.#violation !== undefined) return
    this.check(() => {
      for (const peer of this.peers) this.#states.look(peer)
      this.#leases.look()
      this.#leases.lookAtProtection()
      this.#contacts.look()
    })
    if (isDisturbed) this.#driver.tick(this.#tick, this.#phase())
  }

  /** All faults end; every peer, client and watcher must come to rest where it should. */
  async #recover(): Promise<void> {
    this.trace.note('', 'everything is healed')
    this.#stage.heal()
    for (const client of this.#clients) client.rest()
    for (const watcher of this.#watchers) watcher.rest()
    const endTick = this.#tick + recoveryTicksMax
    while (this.#tick < endTick && this.#violation === undefined) {
      await this.#passTick(false)
      if (this.#tick % 20 === 0 && this.#unwell() === undefined) break
    }
    if (this.#violation !== undefined) return
    this.check(() => {
      const unwell = this.#unwell()
      if (unwell !== undefined) throw new Violation('liveness', unwell)
      for (const peer of this.peers) if (peer.isSound) this.#states.compareRows(peer)
    })
  }

  /** What is not as it should be when nothing is wrong any more; undefined if all is well. */
  #unwell(): string | undefined {
    const members = this.#members()
    const sound = members.filter((peer) => peer.isSound)
    const missing = members.filter((peer) => !peer.isSound && !this.#atlas.mayStayAway(peer))
    if (missing.length > 0) return `${missing.map(({ name }) => name).join(', ')} does not serve`
    const leader = sound.find(({ role }) => role === 'leader')
    if (leader === undefined) return 'nobody leads'
    const { logTimeMs } = leader.process!.replica!.reader()
    const muted = sound.filter((peer) => peer.process!.repairing !== '' && !this.#atlas.mayStayAway(peer))
    if (muted.length > 0) return `${muted.map(({ name }) => name).join(', ')} is still being repaired`
    const busy = this.#clients.filter((client) => client.isBusy && !client.isAheadOf(logTimeMs))
    if (busy.length > 0) return `${busy.map(({ name }) => name).join(', ')} gets no answer`
    const behind = sound.filter((peer) => peer.process!.replica!.appliedIndex !== this.#committed)
    if (behind.length > 0) return `${behind.map(({ name }) => name).join(', ')} has not applied ${this.#committed}`
    const { revision } = this.#model
    const late = this.#watchers.filter((watcher) => watcher.revision !== revision)
    if (late.length > 0) return `${late.map(({ name }) => name).join(', ')} has not seen revision ${revision}`
    return undefined
  }

  /** Those who take part, by what is committed. */
  #members(): readonly SimPeer[] {
    const names = namesOf(this.#log.membership)
    return this.peers.filter(({ id }) => names.has(id))
  }

  #phase(): Phase {
    const sound = this.#members().filter((peer) => peer.isSound)
    const newestTerm = Math.max(0, ...sound.map(({ term }) => term))
    if (!sound.some((peer) => peer.process!.replica!.leadingTerm === newestTerm)) return 'electing'
    const isBehind = (peer: SimPeer) => peer.process!.replica!.appliedIndex < this.#committed - behindMax
    const isOpening = this.peers.some((peer) => peer.isUp && peer.process!.damage === '' && !peer.isSound)
    const isFresh = sound.some((peer) => this.timeline.nowUs - peer.startedUs < freshUs)
    if (isOpening || isFresh || sound.some(isBehind)) return 'recovering'
    return this.#clients.some(({ isWriting }) => isWriting) ? 'writing' : 'steady'
  }

  /** It has opened its log, and works with it. */
  #believes(peer: SimPeer): void {
    // Main may hear late that the log is open: what was misdirected since then, nobody has read.
    if (peer.disk.misdirectedUs >= peer.startedUs) return
    const image = logImageOf(logOf(peer.disk)!)
    if (peer.process?.repairing === '') this.#log.believes(peer.id, image)
    else this.#log.repairs(peer.id, image)
  }

  #peerOf(id: string): SimPeer {
    return this.peers.find((peer) => peer.id === id)!
  }

  #nameOf(id: string): string {
    return this.addresses.find((address) => address.id === id)?.name ?? id
  }

  #result(ticks: number): SimulationResult {
    const counts: Record<string, number> = {
      committed: this.#committed,
      revisions: this.#model.revision,
      moments: this.timeline.count,
      strikes: this.#coverage.strikesCount,
      installed: this.#installed,
      memberships: this.#log.membershipChanges,
      rebuilt: this.#rebuilt,
      cut: this.peers.reduce((sum, { disk }) => sum + cutOf(disk), 0),
      terms: Math.max(...this.peers.map(({ term }) => term)),
      runs: this.peers.reduce((sum, { runs }) => sum + runs, 0),
    }
    for (const client of this.#clients) {
      for (const [name, count] of Object.entries(client.counts)) counts[name] = (counts[name] ?? 0) + count
    }
    const { seed } = this.#options
    const violation = this.#violation
    const failure = violation && { invariant: violation.invariant, what: violation.message, tick: this.#tick }
    return {
      seed,
      ticks,
      recoveryTicks: this.#tick - ticks,
      failure,
      traceHash: this.trace.hash,
      trace: this.trace.last(this.#options.traceLines ?? 60),
      coverage: this.#coverage.table(),
      counts,
      drawn: this.#driver.names,
    }
  }
}

/** Entries that the log of a disk has cut off by now. */
function cutOf(disk: SimDisk): number {
  const log = logOf(disk)
  return log === undefined ? 0 : logBaseOf(log).index
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
