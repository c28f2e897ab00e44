import type { Logger } from 'pino'
import { OperatorService } from '../gen/trivet/operator/v1/operator_pb.ts'
import { trivetError } from '../lib/errors.ts'
import type { Leadership, Member, MemberEvents } from '../raft/index.ts'
import { startMember } from '../raft/index.ts'
import { tellingClusterTime } from '../rpc/cluster-time.ts'
import { Health } from '../rpc/health.ts'
import type { RpcServer } from '../rpc/server.ts'
import { serve } from '../rpc/server.ts'
import { validating } from '../rpc/validating.ts'
import { loopbackMayDoAll } from '../services/kernel/authorise.ts'
import { Kernel } from '../services/kernel/kernel.ts'
import { encode } from '../services/kernel/leader-link.ts'
import type { DefinedService } from '../services/kernel/method.ts'
import { stateVersionMax } from '../state/pure/state-version.ts'
import { Replica } from '../state/replica.ts'
import type { WriteAnswer, WriteRequest } from '../state/write-request.ts'
import { AdminHttp } from './admin-http.ts'
import type { BoundAddresses } from './bound-addresses.ts'
import type { Config } from './config.ts'
import { Confirmation } from './confirmation.ts'
import { Controllers } from './controllers.ts'
import { writeDamage } from './damage-mark.ts'
import { allControllers, apiServices, peerServices } from './domains.ts'
import { EventGate } from './event-gate.ts'
import { HashExchange } from './hash-exchange.ts'
import { tellArrived } from './install-arrived.ts'
import { formatAddress } from './listen-address.ts'
import { makeLogger } from './logging.ts'
import { memberLog } from './member-log.ts'
import { Metrics } from './metrics.ts'
import { NodeSide } from './node-side.ts'
import { observingCalls } from './observing-calls.ts'
import type { Ground } from './open-ground.ts'
import { openGround } from './open-ground.ts'
import { after, pause } from './pause.ts'
import { peerDie } from './peer-die.ts'
import { peerFacts } from './peer-facts.ts'
import { peerReadiness } from './peer-readiness.ts'
import { PeerSnapshots } from './peer-snapshots.ts'
import { PeerStorage } from './peer-storage.ts'
import type { Readiness } from './readiness.ts'
import type { Outdated } from './renewing.ts'
import { requireFree } from './require-free.ts'
import { ServingStatus } from './serving-status.ts'
import { stopInTurn } from './stop-in-turn.ts'
import { realWorld, type World } from './world.ts'

/**
 * One peer, composed: the only place that knows everybody. `start` resolves when the listeners of API and admin are
 * open; the one for nodes opens when the peer is fit to answer them.
 */
export class Peer {
  readonly #config: Config
  readonly #world: World
  readonly #ground: Ground
  readonly #logger: Logger
  readonly #die: (error: unknown) => void
  readonly #health = new Health()
  readonly #readiness: Readiness
  readonly #gate = new EventGate()
  readonly #stopping = new AbortController()
  /** This peer answers no node any more: it stops, or is damaged. */
  readonly #unfit = new AbortController()
  readonly #outdated = Promise.withResolvers<Outdated>()
  readonly #replica: Replica
  readonly #confirmation: Confirmation
  readonly #nodes: NodeSide
  readonly #exchange: HashExchange
  readonly #storage: PeerStorage
  readonly #controllers: Controllers
  readonly #metrics: Metrics
  readonly #snapshots: PeerSnapshots
  #member!: Member
  #kernel!: Kernel
  #status: ServingStatus | undefined
  #api: RpcServer | undefined
  #admin: AdminHttp | undefined
  #leadership: Pick<Leadership, 'term' | 'leader'> = { term: 0, leader: '' }
  #damaged: string
  #disputed = ''
  /** Why the member is being repaired; '' if it is not. */
  #repairing = ''
  #adminAddress = ''
  /** A damaged member that takes the place of the one before. */
  #replacing: Promise<void> | undefined
  #ended: Promise<void> | undefined

  private constructor(config: Config, world: World, ground: Ground) {
    this.#config = config
    this.#world = world
    this.#ground = ground
    this.#damaged = ground.damage
    const context = () => ({ peer: config.name, term: this.#leadership.term, index: this.#replica.appliedIndex })
    this.#logger = makeLogger({ level: config.logLevel, context })
    this.#die = peerDie(() => this.#closeListeners())
    this.#replica = this.#makeReplica()
    this.#snapshots = new PeerSnapshots({
      ...ground,
      replica: this.#replica,
      member: () => this.#member,
      logger: this.#logger,
      damaged: (reason) => this.#disown(reason),
      signal: this.#stopping.signal,
    })
    this.#confirmation = new Confirmation({
      read: (timeoutMs) => this.#replica.linearizable(timeoutMs),
      monotonicMs: () => performance.now(),
      onFirst: () => this.#status?.refresh(),
    })
    this.#nodes = this.#makeNodeSide()
    this.#exchange = this.#makeExchange()
    this.#storage = new PeerStorage({
      cluster: ground.cluster,
      dataDir: ground.dataDir.path,
      limits: config.storage,
      relay: (to, payload) => this.#member.relay(to, payload),
      logger: this.#logger,
    })
    this.#controllers = this.#makeControllers()
    this.#metrics = this.#makeMetrics()
    this.#readiness = this.#makeReadiness()
  }

  /**
   * Starts a peer. Rejects with a `TrivetError` that names what is wrong; nothing is left running then. Throws
   * LISTEN_FAILED, and what `openGround` and `startMember` throw.
   */
  static async start(config: Config, world: World = realWorld): Promise<Peer> {
    await requireFree(config.nodeListen)
    const peer = new Peer(config, world, await openGround(config))
    try {
      await peer.#start()
    } catch (error) {
      // The first error says what is wrong.
      await peer.stop().catch(() => undefined)
      throw error
    }
    return peer
  }

  /** Where it listens. */
  get addresses(): BoundAddresses {
    const { bound } = this.#nodes.listener
    return {
      api: this.#api?.address ?? '',
      peer: this.#member.address,
      node: bound === undefined ? '' : formatAddress(bound),
      admin: this.#adminAddress,
    }
  }

  /** Resolves when the listener for nodes is open; false if the peer stops, or is damaged, before. */
  get openForNodes(): Promise<boolean> {
    return this.#nodes.listener.opened.then((bound) => bound !== undefined)
  }

  /** Resolves when this peer must be stopped and started again: its state is wrong, or a snapshot has arrived. */
  get outdated(): Promise<Outdated> {
    return this.#outdated.promise
  }

  /**
   * Stops: controllers first, so that nothing is commanded any more; then the listener for nodes, whose refusal sends
   * them to another peer; then the API, once what it took is answered; then replication and state. A second call joins
   * the first.
   */
  stop(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  /** Ends the process at once, because of an error that nobody expected. */
  die(error: unknown): void {
    this.#die(error)
  }

  async #start(): Promise<void> {
    const { damage, rebuilt, arrived } = this.#ground
    if (damage !== '') this.#serveNoMore(damage)
    if (rebuilt !== '') this.#logger.error({ reason: rebuilt }, 'the state is damaged, and made anew from the log')
    tellArrived(this.#logger, arrived)
    await this.#snapshots.clear()
    this.#member = await this.#startMember()
    const facts = this.#facts()
    const services = apiServices(facts)
    this.#kernel = this.#makeKernel([...services, ...peerServices])
    // All listeners that open now are open before this peer may lead, and act.
    await this.#listen(services)
    this.#replica.onLeading((term) => {
      this.#controllers.lead(term)
      this.#status?.refresh()
    })
    this.#replica.onRound(() => this.#exchange.round())
    this.#gate.open()
    this.#run(this.#nodes.run())
    this.#run(this.#storage.run(this.#stopping.signal))
  }

  async #end(): Promise<void> {
    this.#stopping.abort()
    this.#unfit.abort()
    this.#exchange.stop()
    this.#status?.refresh()
    const steps: readonly (() => Promise<void> | undefined)[] = [
      () => this.#controllers.stop(),
      () => this.#nodes.listener.close(),
      () => this.#api?.stop(),
      () => this.#replacing,
      () => this.#member?.stop(),
      () => this.#snapshots.stop(),
      () => this.#replica.stop(),
      () => this.#admin?.close(),
    ]
    await stopInTurn([...steps, () => this.#metrics.stop()])
    this.#logger.info('the peer has stopped')
  }

  #makeReplica(): Replica {
    const consensus = {
      id: this.#ground.cluster.self.id,
      propose: (proposal: Parameters<Member['propose']>[0]) => this.#member.propose(proposal),
      readIndex: (timeoutMs: number) => this.#world.readIndex(this.#member, timeoutMs, this.#replica),
      applied: (index: number) => this.#member.applied(index),
    }
    return new Replica({ opened: this.#ground.opened, consensus, onFatal: (error) => this.die(error) })
  }

  #startMember(): Promise<Member> {
    const { cluster, sealer, dataDir, arrived } = this.#ground
    return startMember(
      {
        dataDir: dataDir.path,
        listen: this.#config.peerListen,
        clusterId: cluster.id,
        self: cluster.self.id,
        peers: cluster.peers,
        appliedIndex: this.#replica.appliedIndex,
        stateVersions: { min: 1, max: stateVersionMax },
        sealingKeyFingerprint: Buffer.from(sealer.keyId),
        log: memberLog(this.#logger, cluster),
        closeListeners: () => this.#closeListeners(),
        compactionLimits: this.#world.compactionLimits,
        installed: arrived.kind === 'installed' ? arrived.point : undefined,
        ...(this.#damaged === '' ? {} : { damaged: this.#damaged }),
      },
      this.#memberEvents(),
    )
  }

  #memberEvents(): MemberEvents {
    const pass = (event: () => void) => this.#gate.pass(event)
    // What a member says that is no longer believed must not be applied.
    const passSound = (event: () => void) => pass(() => this.#damaged === '' && event())
    return {
      leadership: (leadership) => passSound(() => this.#lead(leadership)),
      committed: (entries) => passSound(() => this.#replica.onCommitted(entries)),
      refused: (refusal) => passSound(() => this.#replica.onRefused(refusal)),
      relayed: ({ from, payload }) => pass(() => this.#kernel.relayed(from, payload)),
      connection: ({ peer, connected }) =>
        pass(() => {
          if (!connected) return this.#kernel.disconnected(peer)
          this.#exchange.connected(peer)
          this.#storage.guard.connected(peer)
        }),
      configuration: () => {}, // the member logs it
      damaged: (reason) => this.#serveNoMore(reason),
      repairing: (reason) => this.#repair(reason),
      syncWanted: () => passSound(() => this.#run(this.#snapshots.syncState())),
      snapshotWanted: () => passSound(() => this.#run(this.#snapshots.make())),
      snapshotUnused: (id) => pass(() => this.#run(this.#snapshots.remove(id))),
      snapshotArrived: () => pass(() => this.#outdated.resolve('behind')),
    }
  }

  #lead(leadership: Leadership): void {
    this.#leadership = leadership
    this.#replica.onLeadership(leadership)
    this.#kernel.leaderChanged(leadership.leader)
    this.#status?.refresh()
  }

  /** The log is being repaired; '' once it is. Until then no read is confirmed, so nothing is served. */
  #repair(reason: string): void {
    this.#repairing = reason
    if (reason === '') this.#logger.info('this peer is repaired')
    else this.#logger.error({ reason }, 'this peer is damaged, and is repaired by the others: it does not vote')
    this.#status?.refresh()
  }

  /** This peer is damaged: from this very turn on nobody gets an answer that could be wrong. */
  #serveNoMore(reason: string): void {
    if (this.#damaged === '') this.#damaged = reason
    if (this.#unfit.signal.aborted) return
    this.#unfit.abort()
    this.#exchange.stop()
    this.#controllers.lead(undefined)
    this.#logger.error({ reason: this.#damaged }, 'this peer is damaged: it neither votes nor serves')
    this.#run(this.#nodes.listener.close())
    this.#status?.refresh()
  }

  /** The state is wrong, as the majority of the peers or its own disk says: it is made anew from the log. */
  #disown(reason: string): void {
    if (this.#damaged !== '') return
    this.#serveNoMore(reason)
    this.#run((this.#replacing = this.#leaveQuorum(reason)))
  }

  async #leaveQuorum(reason: string): Promise<void> {
    await writeDamage(this.#ground.dataDir, reason)
    this.#lead({ term: this.#leadership.term, role: 'follower', leader: '', firstIndex: 0 })
    await this.#member.stop()
    if (this.#stopping.signal.aborted) return
    this.#member = await this.#startMember()
    this.#outdated.resolve('wrong')
  }

  #makeReadiness(): Readiness {
    return peerReadiness(this.#ground.cluster, {
      stopping: () => this.#stopping.signal.aborted,
      damaged: () => this.#damaged,
      repairing: () => this.#repairing,
      disputed: () => this.#disputed,
      storage: () => this.#storage.guard.refusal,
      leader: () => this.#replica.leader,
      isConfirmed: () => this.#confirmation.isConfirmed,
      nodesMissing: () => this.#nodes.listener.missing,
    })
  }

  #makeNodeSide(): NodeSide {
    return new NodeSide({
      config: this.#config,
      self: this.#ground.cluster.self,
      replica: this.#replica,
      confirmation: this.#confirmation,
      ownWrite: (method, request, timeoutMs) => this.#kernel.ownWrite(method, request, timeoutMs),
      addresses: () => this.addresses,
      logger: this.#logger,
      changed: () => this.#status?.refresh(),
      // A state that is made anew from the log knows nothing at first.
      isRepairing: () => this.#repairing !== '' || (this.#ground.rebuilt !== '' && !this.#confirmation.isConfirmed),
      unfit: this.#unfit.signal,
    })
  }

  #makeKernel(services: readonly DefinedService[]): Kernel {
    const replica = this.#replica
    const { cluster, sealer } = this.#ground
    return new Kernel(
      {
        state: {
          reader: () => replica.reader(),
          linearizable: (timeoutMs) => this.#confirmation.linearizable(timeoutMs),
          whenRevision: (revision, signal) => replica.whenRevision(revision, signal),
        },
        writes: { submit: (request) => this.#submit(request) },
        link: {
          self: cluster.self.id,
          leader: () => replica.leader,
          relay: (to, payload) => this.#member.relay(to, payload),
        },
        sealer,
        authorise: loopbackMayDoAll,
        changes: (options) => replica.watch({ ...options, signal: this.#unfit.signal }),
        requireReady: () => this.#requireReady(),
        stateHashes: (from, hashes) => this.#exchange.received(from, hashes),
        storageAlarm: (from, { reason }) => this.#storage.guard.heard(from, reason),
        onDefect: (error) => this.#logger.error({ err: error }, 'a defect in what another peer sent'),
      },
      services,
    )
  }

  /** Every write there is comes through here, on the leader. */
  async #submit(request: WriteRequest): Promise<WriteAnswer> {
    if (this.#disputed !== '') throw trivetError('STATE_DISPUTED', { reason: this.#disputed })
    return this.#storage.guard.submit(request, (write) => this.#replica.submit(write))
  }

  #makeExchange(): HashExchange {
    const { self, peers } = this.#ground.cluster
    return new HashExchange({
      self: self.id,
      voters: peers,
      own: () => this.#replica.hashes(),
      send: (to, hashes) => this.#member.relay(to, encode({ case: 'stateHashes', value: { hashes: [...hashes] } })),
      onOutvoted: (reason) => this.#disown(reason),
      after,
      onDisputed: (reason) => {
        this.#disputed = reason
        if (reason === '') this.#logger.info('the peers agree about the state again')
        else this.#logger.error({ reason }, 'the peers do not agree about the state: nothing can be written')
        this.#status?.refresh()
      },
    })
  }

  #makeControllers(): Controllers {
    const replica = this.#replica
    const { sealer, cluster } = this.#ground
    return new Controllers(allControllers(this.#world, { sealer, bmcNetworks: this.#config.bmcNetworks }), {
      self: cluster.self.id,
      reader: () => replica.reader(),
      logTimeMs: () => replica.reader().logTimeMs,
      submit: (request) => this.#submit(request),
      leaseHolds: (term) => this.#leaseHolds(term),
      onChange: (tables, listener) => replica.onChange(tables, listener),
      log: (level, message, facts) => this.#logger[level](facts, message),
      pause,
    })
  }

  #leaseHolds(term: number): boolean {
    const lease = this.#member.lease()
    return !this.#unfit.signal.aborted && lease.term === term && process.hrtime.bigint() < lease.endsAtNs
  }

  #makeMetrics(): Metrics {
    const replica = this.#replica
    return new Metrics({
      term: () => this.#leadership.term,
      leading: () => replica.leadingTerm !== undefined,
      hasLeader: () => replica.leader !== '',
      appliedIndex: () => replica.appliedIndex,
      revision: () => replica.reader().revision,
      writesWaiting: () => replica.writesWaiting,
      forwardedWaiting: () => this.#kernel.forwardedWaiting,
      ready: () => this.#readiness.missing() === '',
      damaged: () => this.#damaged !== '',
      // A scrape may come while the member stops.
      member: () => this.#member.status().catch(() => undefined),
      longSnapshotSlices: () => this.#snapshots.longSlices,
      storage: () => this.#storage.figures(),
    })
  }

  async #listen(services: readonly DefinedService[]): Promise<void> {
    const bound = services.map((service) => this.#kernel.bind(service))
    const names = bound.map(({ descriptor }) => descriptor.typeName)
    this.#status = new ServingStatus(this.#health, {
      ready: () => this.#readiness.missing() === '',
      leads: () => this.#damaged === '' && this.#replica.leadingTerm !== undefined,
      services: names.filter((name) => name !== OperatorService.typeName),
      always: [OperatorService.typeName],
    })
    this.#admin = new AdminHttp({ readiness: this.#readiness, registry: this.#metrics.registry })
    this.#adminAddress = formatAddress(await this.#admin.listen(this.#config.adminListen))
    this.#api = await serve({
      listen: formatAddress(this.#config.apiListen),
      services: bound,
      health: this.#health,
      interceptors: [
        observingCalls(this.#metrics, this.#logger),
        tellingClusterTime(() => (this.#isCurrent() ? this.#replica.reader() : undefined)),
        validating(bound),
      ],
      onDefect: ({ error, requestId, method }) => this.#logger.error({ err: error, requestId, method }, 'a defect'),
    })
  }

  /** What this peer shows was up to date at some time since it started. */
  #isCurrent(): boolean {
    return this.#damaged === '' && this.#confirmation.isConfirmed
  }

  #requireReady(): void {
    if (this.#damaged !== '') throw trivetError('PEER_DAMAGED', { reason: this.#damaged })
    if (this.#stopping.signal.aborted) throw trivetError('NOT_READY', { reason: 'it is stopping' })
    if (this.#repairing !== '') throw trivetError('NOT_READY', { reason: this.#readiness.missing('repaired') })
    if (this.#confirmation.isConfirmed) return
    throw trivetError('NOT_READY', { reason: this.#readiness.missing('leader', 'caught-up') })
  }

  /** Right before this process dies. Nobody acts on the world any more, or another peer might at the same time. */
  async #closeListeners(): Promise<void> {
    this.#unfit.abort()
    this.#controllers.lead(undefined)
    await Promise.allSettled([this.#nodes.listener.close(), this.#api?.stop(), this.#admin?.close()])
  }

  /** Nobody waits for it, so what it throws ends the process. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.die(error))
  }

  #facts() {
    const { cluster } = this.#ground
    return peerFacts({
      self: { ...cluster.self, address: () => this.#member.address },
      clusterId: cluster.id,
      member: () => this.#member,
      replica: this.#replica,
      readiness: this.#readiness,
      damaged: () => this.#damaged,
      isCurrent: () => this.#isCurrent(),
    })
  }
}
