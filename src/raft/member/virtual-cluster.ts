import type { PeerId } from '../core/types.ts'
import { clusterIdOf, peerIdOf } from '../store/cluster-id.ts'
import type { CompactionLimits } from '../store/compaction.ts'
import type { PeerAddress } from '../store/configuration.ts'
import { MemoryDisk, type Crash } from '../store/memory-disk.ts'
import { MemoryNetwork } from '../transport/memory-network.ts'
import type { TransportEvents } from '../transport/transport.ts'
import { EventRecorder } from './event-recorder.ts'
import { startInProcessMember } from './in-process-member.ts'
import { ManualClock } from './manual-clock.ts'
import type { Member } from './port.ts'
import { installVirtualSnapshot, makeVirtualSnapshot } from './virtual-snapshots.ts'

/** One peer of a virtual cluster: what survives a crash, and what runs. */
export interface VirtualPeer {
  readonly id: PeerId
  readonly name: string
  disk: MemoryDisk
  /** Events of the present life. */
  events: EventRecorder
  member: Member | undefined
  kill: () => void
  /** Main takes no packets while it is busy. */
  busy: (isBusy: boolean) => void
  /** What this peer applied in all its lives, by index; main keeps its state over a crash. */
  readonly applied: string[]
  readonly deaths: string[]
  /** The crash that strikes the life in which it installs a snapshot. */
  nextCrash: Crash | undefined
  /** A snapshot has arrived: it is started again to install it. */
  isOutdated: boolean
  /** Snapshots that it has installed. */
  installs: number
  /** Main applies what it is given, unless a test says otherwise. */
  isMainStuck: boolean
}

/**
 * Members on one virtual clock, network and disk each: nothing happens but by `pass`, so every run of a test is the
 * same run.
 */
export class VirtualCluster {
  readonly clock = new ManualClock()
  readonly network: MemoryNetwork
  /** The initial peers. */
  readonly addresses: readonly PeerAddress[]
  /** Those that may join later, too. */
  readonly machines: readonly PeerAddress[]
  readonly clusterId: string
  readonly peers: readonly VirtualPeer[]
  readonly #random: (below: number) => number
  readonly #compactionLimits: CompactionLimits | undefined
  readonly #transportEvents = new Map<PeerId, TransportEvents>()
  #lives = 0
  #snapshots = 0

  constructor(options: {
    readonly size: number
    readonly seed: number
    /** Peers beyond the initial ones, which join. */
    readonly spares?: number
    readonly compactionLimits?: CompactionLimits
  }) {
    this.#compactionLimits = options.compactionLimits
    const all = Array.from({ length: options.size + (options.spares ?? 0) }, (_, at) => ({
      name: String.fromCodePoint(97 + at),
      address: `127.0.0.1:${7401 + at}`,
    }))
    this.clusterId = clusterIdOf({ peers: all.slice(0, options.size), token: 'virtual' })
    this.machines = all.map((peer) => ({
      ...peer,
      id: peerIdOf({ clusterId: this.clusterId, name: peer.name }),
    }))
    this.addresses = this.machines.slice(0, options.size)
    this.network = new MemoryNetwork({ peers: this.machines.map((peer) => peer.id), delivery: 'manual' })
    this.#random = randomOf(options.seed)
    this.peers = this.machines.map(({ id, name }) => ({
      id,
      name,
      disk: new MemoryDisk(),
      events: new EventRecorder(),
      member: undefined,
      kill: () => {},
      busy: () => {},
      applied: [],
      deaths: [],
      nextCrash: undefined,
      isOutdated: false,
      installs: 0,
      isMainStuck: false,
    }))
  }

  peer(name: string): VirtualPeer {
    return this.peers.find((peer) => peer.name === name)!
  }

  async start(
    peer: VirtualPeer,
    options: { readonly appliedIndex?: number; readonly damaged?: string } = {},
  ): Promise<void> {
    peer.isOutdated = false
    const installed = await installVirtualSnapshot(peer)
    if (installed !== undefined) peer.installs++
    const events = new EventRecorder()
    const keep = events.committed.bind(events)
    events.committed = (entries) => {
      keep(entries)
      if (peer.isMainStuck) return
      for (const { index, term, data, type } of entries) {
        peer.applied[index] = `${term} ${type === 'normal' ? Buffer.from(data).toString() : type}`
        peer.member?.applied(index)
      }
    }
    // A main thread whose state is durable as soon as it is applied.
    const wanted = events.syncWanted.bind(events)
    events.syncWanted = (index) => {
      wanted(index)
      peer.member?.stateSynced(peer.applied.length - 1)
    }
    const wantedSnapshot = events.snapshotWanted.bind(events)
    events.snapshotWanted = () => {
      wantedSnapshot()
      const { member } = peer
      if (member !== undefined) void makeVirtualSnapshot(peer, member, `s${++this.#snapshots}`)
    }
    const arrived = events.snapshotArrived.bind(events)
    events.snapshotArrived = (index) => {
      arrived(index)
      peer.isOutdated = true
    }
    peer.events = events
    const starting = startInProcessMember(
      {
        dataDir: '/virtual',
        listen: { host: '127.0.0.1', port: 0 },
        clusterId: this.clusterId,
        self: peer.id,
        ...(this.addresses.some(({ id }) => id === peer.id)
          ? { peers: this.addresses }
          : { peers: this.machines, joins: true }),
        appliedIndex: options.appliedIndex ?? Math.max(0, peer.applied.length - 1),
        stateVersions: { min: 1, max: 1 },
        sealingKeyFingerprint: new Uint8Array(),
        compactionLimits: this.#compactionLimits,
        installed,
        ...(options.damaged === undefined ? {} : { damaged: options.damaged }),
      },
      events,
      {
        disk: peer.disk,
        clock: this.clock,
        random: this.#random,
        incarnation: `life${++this.#lives}`,
        die: (code, reason) => peer.deaths.push(`${code}: ${reason}`),
        openTransport: async (_, transportEvents) => {
          this.#transportEvents.set(peer.id, transportEvents)
          return this.network.attach(peer.id, transportEvents)
        },
      },
    )
    const outcome = { isSettled: false }
    starting.then(
      () => (outcome.isSettled = true),
      () => (outcome.isSettled = true),
    )
    for (let turn = 0; turn < 100 && !outcome.isSettled; turn++) await this.settle()
    const started = await starting
    const { member } = started
    peer.member = member
    peer.kill = () => started.kill()
    peer.busy = (isBusy) => started.busy(isBusy)
    // What was committed before `member` was known has to be applied too.
    if (!peer.isMainStuck && events.entries.length > 0) member.applied(events.entries.at(-1)!.index)
  }

  /** What the transport of a peer tells it, for what this network never tells by itself. */
  transportEvents(peer: VirtualPeer): TransportEvents {
    return this.#transportEvents.get(peer.id)!
  }

  /** Starts the initial peers. */
  async startAll(): Promise<void> {
    for (const { id } of this.addresses) await this.start(this.peers.find((peer) => peer.id === id)!)
  }

  /** Ends a peer's process; its disk is what a killed process, or a loss of power, leaves. */
  crash(peer: VirtualPeer, next?: Crash): void {
    peer.kill()
    peer.member = undefined
    peer.disk = peer.disk.restart(next)
  }

  /** Lets everything happen that can happen without time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) {
      const isBusy = this.clock.turn()
      const delivered = this.network.deliver()
      await new Promise(setImmediate)
      if (isBusy || delivered > 0) quiet = -1
    }
  }

  /** A start that a crash of the disk interrupts never ends. */
  async startUnlessCrashed(peer: VirtualPeer): Promise<void> {
    const outcome = { isOver: false }
    const over = () => (outcome.isOver = true)
    this.start(peer).then(over, over)
    for (let turn = 0; turn < 10_000 && !outcome.isOver && !peer.disk.crashed; turn++) {
      await new Promise(setImmediate)
    }
  }

  /** Lets time pass, and everything happen on the way; `look` sees every step. */
  async pass(ms: number, look: () => void = () => {}): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(10)
      await this.settle()
      for (const peer of this.peers) {
        if (!peer.isOutdated || peer.disk.crashed) continue
        this.crash(peer, peer.nextCrash)
        await this.startUnlessCrashed(peer)
      }
      look()
    }
  }

  /** Lets time pass until a condition holds, at most so long. */
  async until(holds: () => boolean, msMax = 10_000): Promise<void> {
    for (let passed = 0; passed < msMax && !holds(); passed += 10) await this.pass(10)
    if (!holds()) throw new Error(`not within ${msMax} ms: ${holds.toString()}`)
  }

  /** The running peer that was told last that it leads, if exactly one was. */
  leader(): VirtualPeer | undefined {
    const leaders = this.peers
      .filter((peer) => peer.member !== undefined && peer.events.leaderships.at(-1)?.role === 'leader')
      .sort((one, other) => termOf(other) - termOf(one))
    return leaders[0]
  }

  async electedLeader(): Promise<VirtualPeer> {
    await this.until(() => {
      const leader = this.leader()
      return leader !== undefined && hasAppliedFirst(leader)
    })
    return this.leader()!
  }
}

export function termOf(peer: VirtualPeer): number {
  return peer.events.leaderships.at(-1)?.term ?? 0
}

/** A leader that has applied the first entry of its term. */
function hasAppliedFirst(peer: VirtualPeer): boolean {
  const { firstIndex } = peer.events.leaderships.at(-1)!
  return peer.applied[firstIndex] !== undefined
}

/** Main of one leader and term: it numbers its proposals and drops what was refused with all behind it. */
export class Proposer {
  readonly #peer: VirtualPeer
  readonly #term: number
  #number = 0
  #previous = 0

  constructor(peer: VirtualPeer) {
    this.#peer = peer
    this.#term = termOf(peer)
  }

  propose(text: string): number {
    const number = ++this.#number
    const proposal = { term: this.#term, number, previous: this.#previous, data: Buffer.from(text) }
    this.#peer.member!.propose(proposal)
    this.#previous = number
    return number
  }

  /** Goes on behind this number, which was the last one appended. */
  goOnBehind(number: number): void {
    this.#previous = number
  }
}

/** Draws whole numbers below a bound; the same seed draws the same ones. */
export function randomOf(seed: number): (below: number) => number {
  let state = (seed + 1) >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
