import { createCore } from '../../../src/raft/core/core.ts'
import { LeaseCell } from '../../../src/raft/member/lease-cell.ts'
import { MemberProxy } from '../../../src/raft/member/member-proxy.ts'
import { openRuntime } from '../../../src/raft/member/open-runtime.ts'
import type { Outlet } from '../../../src/raft/member/outlet.ts'
import type { Member, MemberEvents } from '../../../src/raft/member/port.ts'
import type { MemberSettings } from '../../../src/raft/member/settings.ts'
import { WorkerSession } from '../../../src/raft/member/worker-session.ts'
import { EventGate } from '../../../src/peer/event-gate.ts'
import { stateVersionMax, type State } from '../../../src/state/pure/state.ts'
import { Replica } from '../../../src/state/replica.ts'
import { MemoryKeyValue } from '../../../src/state/storage/memory-key-value.ts'
import { openState, type OpenedState } from '../../../src/state/storage/open-state.ts'
import { testCatalog } from '../../../src/state/testing/tables.ts'
import type { DiskSession } from '../disk/disk-session.ts'
import type { EndOfProcess } from '../disk/sim-disk.ts'
import { Thread } from '../world/thread.ts'
import { FrontDesk } from './front-desk.ts'
import type { SimPeer } from './sim-peer.ts'
import { threadPorts } from './thread-ports.ts'

/** Where the state stands on the disk of a peer. */
export const statePath = 'state'

/** Incarnation of every simulated cluster. */
const incarnation = 'simulated'

type SoundState = Extract<OpenedState, { kind: 'open' }>

/**
 * One run of a peer's process: two threads, in which what is real runs on a simulated machine. Composed as the peer
 * composes itself, without its listeners.
 */
export class SimProcess {
  readonly peer: SimPeer
  readonly main: Thread
  readonly worker: Thread
  readonly #stateDisk: DiskSession
  readonly #logDisk: DiskSession
  readonly #gate = new EventGate()
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
    const onUncaught = (error: unknown) => this.dies('defect', textOf(error))
    this.main = new Thread(peer.world.timeline, onUncaught)
    this.worker = new Thread(peer.world.timeline, onUncaught)
    this.#stateDisk = peer.disk.session(this.main)
    this.#logDisk = peer.disk.session(this.worker)
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
    await this.#started.stop()
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
    const opened = await this.#openSound(isNew)
    this.#state = opened.state
    this.#replica = this.#makeReplica(opened)
    if (this.#damage === '') this.peer.world.events.opened(this.peer)
    this.#started = await this.#startMember(this.#replica)
    this.#desk = new FrontDesk(this, this.#replica)
    this.peer.world.events.started(this.peer)
    this.#gate.open()
  }

  /** A state that cannot be believed leaves a peer that has others, with an empty one that nobody sees. */
  async #openSound(isNew: boolean): Promise<SoundState> {
    const opened = await this.#openState(isNew)
    if (opened.kind === 'open') return opened
    if (this.peer.world.addresses.length === 1) throw new Error(opened.reason)
    this.#isDamaged(opened.reason)
    const empty = await openState({
      keyValue: new MemoryKeyValue(),
      catalog: testCatalog,
      directory: statePath,
      format: { incarnation },
    })
    if (empty.kind === 'damaged') throw new Error(empty.reason)
    return empty
  }

  async #openState(isNew: boolean): Promise<OpenedState> {
    const format = isNew ? { incarnation } : undefined
    try {
      const keyValue = await this.#stateDisk.openState(statePath, { create: isNew })
      return await openState({ keyValue, catalog: testCatalog, directory: statePath, format })
    } catch (error) {
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
      onFatal: (error) => this.dies('defect', textOf(error)),
    })
  }

  async #startMember(replica: Replica): Promise<Member> {
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
      peers: world.addresses,
      appliedIndex: replica.appliedIndex,
      stateVersions: { min: 1, max: stateVersionMax },
      sealingKeyFingerprint: new Uint8Array(),
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
        openTransport: async (_, events) => world.network.attach(peer.id, this.worker, events),
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
      syncWanted: () => this.dies('defect', 'a simulated log is never so long that it is cut'),
      snapshotWanted: () => this.dies('defect', 'a simulated log is never cut, so nobody needs a snapshot'),
      snapshotUnused: () => {},
      snapshotArrived: () => this.dies('defect', 'nobody sends snapshots here'),
    }
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

  /** Something that nobody catches, or the one way to die. */
  dies(code: string, reason: string): void {
    if (this.#hasEnded) return
    this.peer.world.events.dies(this.peer, code, reason)
    this.end('process')
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
