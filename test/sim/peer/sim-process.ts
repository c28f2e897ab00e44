import { createCore } from '../../../src/raft/core/core.ts'
import { LeaseCell } from '../../../src/raft/member/lease-cell.ts'
import { MemberProxy } from '../../../src/raft/member/member-proxy.ts'
import { openRuntime } from '../../../src/raft/member/open-runtime.ts'
import type { Outlet } from '../../../src/raft/member/outlet.ts'
import type { Member, MemberEvents } from '../../../src/raft/member/port.ts'
import type { MemberSettings } from '../../../src/raft/member/settings.ts'
import { WorkerSession } from '../../../src/raft/member/worker-session.ts'
import { isTrivetError } from '../../../src/lib/errors.ts'
import { deathOf } from '../../../src/peer/death-of.ts'
import { EventGate } from '../../../src/peer/event-gate.ts'
import { installArrived, type Arrived } from '../../../src/peer/install-arrived.ts'
import { PeerSnapshots } from '../../../src/peer/peer-snapshots.ts'
import type { State } from '../../../src/state/pure/state.ts'
import { Replica } from '../../../src/state/replica.ts'
import { MemoryKeyValue } from '../../../src/state/storage/memory-key-value.ts'
import { openState, type OpenedState } from '../../../src/state/storage/open-state.ts'
import { firstStateName } from '../../../src/state/storage/state-directories.ts'
import { testCatalog } from '../../../src/state/testing/tables.ts'
import type { PeerId } from '../../../src/raft/core/types.ts'
import type { Acquaintances } from '../../../src/raft/store/acquaintance.ts'
import { readIdentity } from '../../../src/raft/store/open-store.ts'
import type { DiskSession } from '../disk/disk-session.ts'
import { SimStateDirectories } from '../disk/sim-state-directories.ts'
import type { EndOfProcess } from '../disk/sim-disk.ts'
import { Thread } from '../world/thread.ts'
import { FrontDesk } from './front-desk.ts'
import type { SimPeer } from './sim-peer.ts'
import { immediatePacking, simArrivedFile, simSnapshotFolder } from './snapshot-ports.ts'
import { threadPorts } from './thread-ports.ts'

/** Incarnation of every simulated cluster. */
const incarnation = 'simulated'

type SoundState = Extract<OpenedState, { kind: 'open' }>

/**
 * One run of a peer's process: two threads, in which what is real runs on a simulated machine. Composed as the peer
 * composes itself, without its listeners.
 */
export class SimProcess {
  readonly peer: SimPeer
  /** Of the program: the state versions up to this one are known to it. */
  readonly release: number
  readonly main: Thread
  readonly worker: Thread
  readonly #stateDisk: DiskSession
  readonly #logDisk: DiskSession
  readonly #gate = new EventGate()
  readonly #states: SimStateDirectories
  readonly #stopping = new AbortController()
  #snapshots: PeerSnapshots | undefined
  #started: Member | undefined
  #replica: Replica | undefined
  #state: State | undefined
  #desk: FrontDesk | undefined
  #kill = (): void => {}
  #damage = ''
  #repairing = ''
  #hasEnded = false
  #lastEventUs = 0
  readonly #lateEvents: (() => void)[] = []
  #isStopping = false

  constructor(peer: SimPeer) {
    this.peer = peer
    this.release = peer.release
    const onUncaught = (error: unknown) => this.dies('defect', textOf(error))
    this.main = new Thread(peer.world.timeline, onUncaught)
    this.worker = new Thread(peer.world.timeline, onUncaught)
    this.#stateDisk = peer.disk.session(this.main)
    this.#logDisk = peer.disk.session(this.worker)
    this.#states = new SimStateDirectories(this.#stateDisk)
  }

  /** Why this peer takes no part; '' if it does. */
  get damage(): string {
    return this.#damage
  }

  /** What the replica applies to, for whoever looks closer than its readers can. */
  get state(): State | undefined {
    return this.#state
  }

  get replica(): Replica | undefined {
    return this.#replica
  }

  /** Undefined until it serves. */
  get desk(): FrontDesk | undefined {
    return this.#damage === '' && !this.#isStopping ? this.#desk : undefined
  }

  get member(): Member | undefined {
    return this.#started
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  start(): void {
    this.main.take(() => {
      this.#run().catch((error: unknown) => {
        if (!this.#hasEnded) this.peer.world.events.refuses(this.peer, textOf(error))
      })
    })
  }

  /** Stops in good order, as an operator asks it to. */
  async stop(): Promise<void> {
    if (this.#isStopping || this.#started === undefined) return
    this.#isStopping = true
    this.#stopping.abort()
    await this.#started.stop()
    await this.#snapshots!.stop()
    await this.#replica!.stop()
  }

  /** It ends in this very moment. */
  end(how: EndOfProcess): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.main.kill()
    this.worker.kill()
    this.#logDisk.end()
    this.#stateDisk.end()
    if (how === 'power') this.peer.disk.losePower()
    this.peer.world.network.detach(this.peer.id, { isSilent: how === 'power' })
    this.#kill()
    this.peer.world.events.ended(this.peer, how)
  }

  async #run(): Promise<void> {
    const isNew = !(await this.#stateDisk.files.exists('raft'))
    const arrived = await this.#installArrived()
    const opened = await this.#openSound(isNew)
    this.#state = opened.state
    this.#replica = this.#makeReplica(opened)
    if (this.#damage === '') this.peer.world.events.opened(this.peer)
    this.#snapshots = this.#makeSnapshots(this.#replica)
    await this.#snapshots.clear()
    this.#started = await this.#startMember(this.#replica, arrived)
    this.#desk = new FrontDesk(this, this.#replica)
    this.peer.world.events.started(this.peer)
    this.#gate.open()
  }

  async #installArrived(): Promise<Arrived> {
    const { world } = this.peer
    const file = simArrivedFile(this.#stateDisk)
    const ports = { file, directories: this.#states, packing: immediatePacking, stateVersionMax: this.release }
    const arrived = await installArrived(ports, { id: world.clusterId })
    if (arrived.kind === 'installed') world.events.installs(this.peer, arrived.point.index)
    if (arrived.kind === 'refused') world.events.refusesSnapshot(this.peer, arrived.reason)
    return arrived
  }

  #makeSnapshots(replica: Replica): PeerSnapshots {
    const { peer } = this
    const { trace, clusterId } = peer.world
    const note = (_: unknown, text?: string) => trace.note(peer.name, text ?? '')
    return new PeerSnapshots({
      places: { folder: simSnapshotFolder(this.#stateDisk), states: this.#states },
      cluster: { id: clusterId, self: peer },
      replica,
      member: () => this.#started!,
      logger: { info: note, warn: note },
      signal: this.#stopping.signal,
      drawId: () => Buffer.from(peer.dice.bytes(8)).toString('hex'),
      wallMs: () => peer.clock.wallMs(),
      packing: immediatePacking,
    })
  }

  /**
   * A state that cannot be believed is made anew from the log, if that says whose it is. If not, a peer that has others
   * is left with an empty one that nobody sees.
   */
  async #openSound(isNew: boolean): Promise<SoundState> {
    const opened = await this.#openState(isNew)
    if (opened.kind === 'open') return opened
    if (!isNew && (await readIdentity(this.#stateDisk)) !== undefined) {
      this.peer.world.events.rebuilds(this.peer, opened.reason)
      await this.#states.setAside((await this.#states.current()) ?? firstStateName)
      const reset = await this.#openState(true)
      if (reset.kind === 'open') return reset
    }
    if (this.peer.world.founders.length === 1) throw new Error(opened.reason)
    this.#isDamaged(opened.reason)
    const empty = await openState({
      keyValue: new MemoryKeyValue(),
      catalog: testCatalog,
      directory: '',
      format: { incarnation },
    })
    if (empty.kind === 'damaged') throw new Error(empty.reason)
    return empty
  }

  async #openState(mayMake: boolean): Promise<OpenedState> {
    const format = mayMake ? { incarnation } : undefined
    try {
      const directory = (await this.#states.current()) ?? firstStateName
      const keyValue = await this.#stateDisk.openState(directory, { create: mayMake })
      const opened = await openState({
        keyValue,
        catalog: testCatalog,
        directory,
        format,
        stateVersionMax: this.release,
      })
      if (opened.kind === 'damaged') await keyValue.close()
      return opened
    } catch (error) {
      // An older release says so, and leaves it alone.
      if (isTrivetError(error, 'DATA_FORMAT_UNKNOWN')) throw error
      return { kind: 'damaged', reason: textOf(error) }
    }
  }

  #makeReplica(opened: SoundState): Replica {
    const { peer } = this
    return new Replica({
      opened,
      consensus: {
        id: peer.id,
        propose: (proposal) => {
          peer.world.events.proposed(peer, proposal.term)
          this.#started!.propose(proposal)
        },
        readIndex: (timeoutMs) => this.#started!.readIndex(timeoutMs),
        applied: (index) => this.#started!.applied(index),
      },
      clock: peer.clock,
      scheduler: peer.clock.schedulerOf(this.main),
      random: (sizeBytes) => peer.dice.bytes(sizeBytes),
      onFatal: (error) => this.dies(...deathOf(error)),
    })
  }

  async #startMember(replica: Replica, arrived: Arrived): Promise<Member> {
    const { peer } = this
    const { world } = peer
    const lease = new LeaseCell()
    const [mainEnd, workerEnd] = threadPorts(this.main, this.worker, () => peer.packetDelayUs())
    const proxy = new MemberProxy({
      id: peer.id,
      port: mainEnd,
      clock: peer.clock.forMember(this.main),
      lease,
      events: this.#memberEvents(replica),
      log: () => {},
      closeListeners: async () => {},
    })
    const session = new WorkerSession(workerEnd, peer.clock.forMember(this.worker))
    this.#kill = () => session.kill()
    const settings: MemberSettings = {
      dataDir: '/simulated',
      listen: { host: '127.0.0.1', port: 0 },
      clusterId: world.clusterId,
      self: peer.id,
      ...whereOf(peer),
      appliedIndex: replica.appliedIndex,
      stateVersions: { min: 1, max: this.release },
      sealingKeyFingerprint: new Uint8Array(),
      compactionLimits: world.snapshotPace.compactionLimits,
      snapshotChunkBytes: world.snapshotPace.chunkBytes,
      installed: arrived.kind === 'installed' ? arrived.point : undefined,
      ...(this.#damage === '' ? {} : { damaged: this.#damage }),
    }
    const open = () =>
      openRuntime(settings, {
        disk: this.#logDisk,
        clock: peer.clock.forMember(this.worker),
        random: (below) => peer.dice.below(below),
        incarnation: `${peer.name}${peer.runs}`,
        lease,
        outlet: this.#watched(session.outlet),
        die: (code, reason) => this.dies(code, reason),
        createCore: (config, reader) => createCore({ ...config, ...world.coreLimits }, reader),
        openTransport: async ({ acquaintances }, events) =>
          world.network.attach({ id: peer.id, thread: this.worker, events }, (other) => meet(acquaintances, other)),
      })
    this.worker.take(() => void session.run(open))
    await proxy.started()
    return proxy
  }

  /** The world looks at what the worker says before main knows it. */
  #watched(outlet: Outlet): Outlet {
    const { peer } = this
    const { events } = peer.world
    return {
      ...outlet,
      leadership: (leadership) => {
        events.leadership(peer, leadership)
        outlet.leadership(leadership)
      },
      committed: (entries) => {
        events.committed(peer, entries)
        outlet.committed(entries)
      },
      damaged: (reason) => {
        this.#isDamaged(reason)
        outlet.damaged(reason)
      },
      configuration: (configuration) => {
        const { index, voters, votersOutgoing: outgoing, learners, learnersNext } = configuration
        peer.membership = { index, voters, outgoing, learners, learnersNext }
        outlet.configuration(configuration)
      },
      repairing: (reason) => {
        this.#repairing = reason
        events.repairing(peer, reason)
        outlet.repairing(reason)
      },
    }
  }

  #memberEvents(replica: Replica): MemberEvents {
    const pass = (event: () => void) => this.#gate.pass(() => this.#inOrder(event))
    const passSound = (event: () => void) => pass(() => this.#damage === '' && event())
    return {
      leadership: (leadership) => passSound(() => replica.onLeadership(leadership)),
      committed: (entries) => passSound(() => replica.onCommitted(entries)),
      refused: (refusal) => passSound(() => replica.onRefused(refusal)),
      relayed: ({ from, payload }) => pass(() => this.#desk?.relayed(from, payload)),
      connection: ({ peer, connected }) => pass(() => connected || this.#desk?.disconnected(peer)),
      configuration: () => {},
      damaged: () => {},
      // Until it is repaired no read is confirmed.
      repairing: () => {},
      syncWanted: () => passSound(() => void this.#snapshots!.syncState()),
      snapshotWanted: () => passSound(() => void this.#snapshots!.make()),
      snapshotUnused: (id) => pass(() => void this.#snapshots!.remove(id)),
      snapshotArrived: () => pass(() => void this.#renew()),
    }
  }

  /** Installing is starting: what is left of this run ends in good order, and the next one finds the snapshot. */
  async #renew(): Promise<void> {
    if (this.#isStopping) return
    await this.stop()
    if (!this.#hasEnded) this.peer.renew(this)
  }

  /** Events keep their order among each other; an answer to a read promises nothing about those before it. */
  #inOrder(event: () => void): void {
    const { nowUs } = this.peer.world.timeline
    const atUs = Math.max(this.#lastEventUs, nowUs + this.peer.eventDelayUs())
    this.#lastEventUs = atUs
    if (atUs === nowUs && this.#lateEvents.length === 0) return event()
    this.#lateEvents.push(event)
    this.main.after(atUs - nowUs, () => this.#lateEvents.shift()!())
  }

  #isDamaged(reason: string): void {
    if (this.#damage !== '') return
    this.#damage = reason
    this.peer.world.events.damaged(this.peer, reason)
  }

  /** Why its log is being repaired; '' if it is whole. */
  get repairing(): string {
    return this.#repairing
  }

  /** It is being stopped in good order. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  owns(session: DiskSession): boolean {
    return session === this.#logDisk || session === this.#stateDisk
  }

  /** How much of the last 20 s the disk held the log up. */
  get heldUpUs(): number {
    return this.#logDisk.heldUpUs
  }

  /** Something that nobody catches, or the one way to die. */
  dies(code: string, reason: string): void {
    if (this.#hasEnded) return
    this.peer.world.events.dies(this.peer, code, reason)
    this.end('process')
  }
}

/** A founder knows all founders; who comes later knows them, and waits to be named. */
function whereOf(peer: SimPeer): Pick<MemberSettings, 'peers' | 'joins'> {
  const { founders, addresses } = peer.world
  if (founders.some(({ id }) => id === peer.id)) return { peers: founders }
  return { joins: true, peers: [...addresses.filter(({ id }) => id === peer.id), ...founders] }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** What hellos say is not simulated; that two have met is known from then on. */
function meet(acquaintances: Acquaintances, peer: PeerId): void {
  if (acquaintances.of(peer) === undefined) acquaintances.remember(peer, { nonce: '', starts: 0, run: '' })
}
