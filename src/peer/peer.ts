import { writeSync } from 'node:fs'
import type { Logger } from 'pino'
import { BootHttp } from '../boot-http/boot-http.ts'
import { version } from '../cli/version.ts'
import { EvidenceService, PresenceService } from '../gen/trivet/peer/v1/peer_pb.ts'
import { trivetError } from '../lib/errors.ts'
import type { Member } from '../raft/index.ts'
import { startMember } from '../raft/index.ts'
import { createDie } from '../raft/member/die.ts'
import { tellingClusterTime } from '../rpc/cluster-time.ts'
import type { RpcServer } from '../rpc/server.ts'
import { serve } from '../rpc/server.ts'
import { validating } from '../rpc/validating.ts'
import { boot } from '../services/boot/service.ts'
import { change } from '../services/change/service.ts'
import { discoveryController } from '../services/discovery/controller.ts'
import { discoveryService } from '../services/discovery/service.ts'
import { evidence } from '../services/evidence/service.ts'
import { bmcTargets } from '../services/inventory/bmc-target.ts'
import { inventory } from '../services/inventory/service.ts'
import { loopbackMayDoAll } from '../services/kernel/authorise.ts'
import { Kernel } from '../services/kernel/kernel.ts'
import { presence } from '../services/operator/presence.ts'
import { operator } from '../services/operator/service.ts'
import { powerService } from '../services/power/service.ts'
import { sessionController } from '../services/session/controller.ts'
import { sessionService } from '../services/session/service.ts'
import { stateVersionMax } from '../state/pure/state.ts'
import { Replica } from '../state/replica.ts'
import type { OpenedState } from '../state/storage/open-state.ts'
import { AdminHttp } from './admin-http.ts'
import { mayServeNodes } from './boot-gate.ts'
import type { Cluster } from './cluster.ts'
import { clusterOf } from './cluster.ts'
import type { Config } from './config.ts'
import { Controllers } from './controllers.ts'
import { openDataDir } from './data-dir.ts'
import { EventGate } from './event-gate.ts'
import type { ListenAddress } from './listen-address.ts'
import { formatAddress } from './listen-address.ts'
import { makeLogger } from './logging.ts'
import { Metrics } from './metrics.ts'
import { observingCalls } from './observing-calls.ts'
import { peerFacts } from './peer-facts.ts'
import { Readiness } from './readiness.ts'
import { makeSealKey, readSealKey } from './seal-key-file.ts'
import { openStateDir } from './state-dir.ts'
import type { World } from './world.ts'
import { realWorld } from './world.ts'

/** Pause before a peer says again where it is reached, when the first try found no leader. */
const presencePauseMs = 500

/** How long a write of the peer's own may take. */
const ownWriteTimeoutMs = 5_000
const reportTimeoutMs = 4_000

/** Where a peer listens. */
export interface BoundAddresses {
  readonly api: string
  readonly peer: string
  readonly node: string
  readonly admin: string
}

/**
 * One peer, composed: the only place that knows everybody. `start` resolves when the listeners of API and admin are
 * open; the one for nodes opens when the peer is fit to answer them.
 */
export class Peer {
  readonly #config: Config
  readonly #world: World
  readonly #logger: Logger
  readonly #readiness = new Readiness()
  readonly #stopped = new AbortController()
  readonly #gate = new EventGate()
  readonly #nodesOpen = Promise.withResolvers<boolean>()
  #cluster!: Cluster
  #replica!: Replica
  #member!: Member
  #kernel!: Kernel
  #controllers!: Controllers
  #api: RpcServer | undefined
  #admin: AdminHttp | undefined
  #bootHttp: BootHttp | undefined
  #damaged = ''
  #confirmed = false
  #confirmedAtMs = 0
  #bound: BoundAddresses = { api: '', peer: '', node: '', admin: '' }

  private constructor(config: Config, world: World) {
    this.#config = config
    this.#world = world
    const context = () => ({
      peer: config.name,
      term: this.#replica?.leadingTerm ?? 0,
      index: this.#replica?.appliedIndex ?? 0,
    })
    this.#logger = makeLogger({ level: config.logLevel, context })
  }

  /** Starts a peer. Rejects with a `TrivetError` that names what is wrong; nothing is left running then. */
  static async start(config: Config, world: World = realWorld): Promise<Peer> {
    const peer = new Peer(config, world)
    try {
      await peer.#start()
    } catch (error) {
      await peer.stop().catch(() => undefined)
      throw error
    }
    return peer
  }

  /** Where it listens. The address for nodes is '' until that listener is open. */
  get addresses(): BoundAddresses {
    return this.#bound
  }

  /** Resolves when the listener for nodes is open; false if the peer stops, or is damaged, before. */
  get openForNodes(): Promise<boolean> {
    return this.#nodesOpen.promise
  }

  /**
   * Stops: controllers first, so that nothing is commanded any more; then the listener for nodes, whose refusal sends
   * them to another peer; then the API, once what it took is answered; then replication and state.
   */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return
    this.#stopped.abort()
    await this.#controllers?.stop()
    await this.#bootHttp?.close()
    await this.#api?.stop()
    await this.#member?.stop()
    await this.#replica?.stop()
    await this.#admin?.close()
    this.#logger.info('the peer has stopped')
  }

  async #start(): Promise<void> {
    const config = this.#config
    const dataDir = await openDataDir(config.dataDir)
    if (config.sealKeyFile === undefined) await makeSealKey(dataDir.sealKeyFile)
    const sealer = await readSealKey(config.sealKeyFile ?? dataDir.sealKeyFile)
    this.#cluster = await clusterOf(config, dataDir)
    const opened = await openStateDir(dataDir, this.#cluster.id)
    this.#replica = this.#makeReplica(requireOpen(opened))
    this.#declareReadiness()
    this.#member = await startMember(
      {
        dataDir: config.dataDir,
        listen: config.peerListen,
        clusterId: this.#cluster.id,
        self: this.#cluster.self.id,
        peers: this.#cluster.peers,
        appliedIndex: this.#replica.appliedIndex,
        stateVersions: { min: 1, max: stateVersionMax },
        sealingKeyFingerprint: Buffer.from(sealer.keyId),
        log: ({ level, message, fields }) => this.#logger[level](fields, message),
        closeListeners: () => this.#closeListeners(),
      },
      this.#memberEvents(),
    )
    const facts = this.#facts()
    const services = [inventory, discoveryService, powerService, boot, sessionService, change, operator(facts)]
    this.#kernel = this.#makeKernel(sealer, [...services, evidence, presence])
    this.#controllers = this.#makeControllers(sealer)
    this.#replica.onLeading((term) => this.#controllers.lead(term))
    this.#gate.open()
    const metrics = this.#makeMetrics()
    await this.#listen(services, metrics)
    void this.#openForNodes().catch((error: unknown) => this.#fatal(error))
  }

  #makeReplica(opened: Extract<OpenedState, { kind: 'open' }>): Replica {
    const consensus = {
      id: this.#cluster.self.id,
      propose: (proposal: Parameters<Member['propose']>[0]) => this.#member.propose(proposal),
      readIndex: (timeoutMs: number) => this.#world.readIndex(this.#member, timeoutMs, this.#replica),
      applied: (index: number) => this.#member.applied(index),
    }
    return new Replica({ opened, consensus, onFatal: (error) => this.#fatal(error) })
  }

  #memberEvents(): Parameters<typeof startMember>[1] {
    const pass = (event: () => void) => this.#gate.pass(event)
    return {
      leadership: (leadership) =>
        pass(() => {
          this.#replica.onLeadership(leadership)
          this.#kernel.leaderChanged(leadership.leader)
        }),
      committed: (entries) => pass(() => this.#replica.onCommitted(entries)),
      refused: (refusal) => pass(() => this.#replica.onRefused(refusal)),
      relayed: ({ from, payload }) => pass(() => this.#kernel.relayed(from, payload)),
      connection: ({ peer, connected }) => pass(() => connected || this.#kernel.disconnected(peer)),
      damaged: (reason) => {
        this.#damaged = reason
        this.#logger.error({ reason }, 'this peer is damaged: it neither votes nor serves')
        void this.#bootHttp?.close()
      },
    }
  }

  #declareReadiness(): void {
    this.#readiness.add('running', () => (this.#stopped.signal.aborted ? 'it is stopping' : ''))
    this.#readiness.add('undamaged', () => (this.#damaged === '' ? '' : `it is damaged: ${this.#damaged}`))
    this.#readiness.add('leader', () => (this.#replica.leader === '' ? this.#noLeader() : ''))
    this.#readiness.add('caught-up', () => (this.#confirmed ? '' : 'it has not applied what the leader confirmed'))
    this.#readiness.add('boot-listener', () => (this.#bound.node === '' ? 'it does not listen for nodes yet' : ''))
  }

  #noLeader(): string {
    const others = this.#cluster.peers.filter(({ id }) => id !== this.#cluster.self.id).map(({ name }) => name)
    return others.length === 0 ? 'it does not lead yet' : `no leader is known; the other peers are ${others.join(', ')}`
  }

  #makeKernel(
    sealer: Awaited<ReturnType<typeof readSealKey>>,
    services: ConstructorParameters<typeof Kernel>[1],
  ): Kernel {
    const replica = this.#replica
    return new Kernel(
      {
        state: replica,
        writes: replica,
        link: {
          self: this.#cluster.self.id,
          leader: () => replica.leader,
          relay: (to, payload) => this.#member.relay(to, payload),
        },
        sealer,
        authorise: loopbackMayDoAll,
        changes: (options) => replica.watch({ ...options, signal: this.#stopped.signal }),
        requireReady: () => this.#requireReady(),
        onDefect: (error) => this.#logger.error({ err: error }, 'a defect in what another peer sent'),
      },
      services,
    )
  }

  #makeControllers(sealer: Awaited<ReturnType<typeof readSealKey>>): Controllers {
    const replica = this.#replica
    const driver = this.#world.bmcDriver(this.#config.bmcNetworks)
    const targetOf = bmcTargets(sealer)
    const power = this.#world.power({ driver, targetOf })
    return new Controllers(
      [discoveryController({ driver, targetOf }), sessionController({ power, conclude: this.#world.conclude })],
      {
        self: this.#cluster.self.id,
        reader: () => replica.reader(),
        logTimeMs: () => replica.reader().logTimeMs,
        submit: (request) => replica.submit(request),
        leaseHolds: (term) => this.#leaseHolds(term),
        onChange: (tables, listener) => replica.onChange(tables, listener),
        log: (level, message, facts) => this.#logger[level](facts, message),
      },
    )
  }

  #leaseHolds(term: number): boolean {
    const lease = this.#member.lease()
    return lease.term === term && process.hrtime.bigint() < lease.endsAtNs
  }

  #makeMetrics(): Metrics {
    const replica = this.#replica
    return new Metrics({
      term: () => this.#member.lease().term,
      leading: () => replica.leadingTerm !== undefined,
      appliedIndex: () => replica.appliedIndex,
      revision: () => replica.reader().revision,
      writesWaiting: () => replica.writesWaiting,
      forwardedWaiting: () => this.#kernel.forwardedWaiting,
      ready: () => this.#readiness.missing() === '',
    })
  }

  async #listen(services: readonly Parameters<Kernel['bind']>[0][], metrics: Metrics): Promise<void> {
    const bound = services.map((service) => this.#kernel.bind(service))
    this.#api = await serve({
      listen: formatAddress(this.#config.apiListen),
      services: bound,
      interceptors: [
        observingCalls(metrics, this.#logger),
        tellingClusterTime(() => this.#replica.reader()),
        validating(bound),
      ],
      onDefect: ({ error, requestId, method }) => this.#logger.error({ err: error, requestId, method }, 'a defect'),
    })
    this.#admin = new AdminHttp({ readiness: this.#readiness, registry: metrics.registry })
    const admin = await this.#admin.listen(this.#config.adminListen)
    this.#bound = { ...this.#bound, api: this.#api.address, peer: this.#member.address, admin: formatAddress(admin) }
  }

  /** Waits until this peer may answer nodes, opens their listener, and says where it is reached. */
  async #openForNodes(): Promise<void> {
    const { signal } = this.#stopped
    const ground = await mayServeNodes({
      linearizable: (timeoutMs) => this.#linearizable(timeoutMs),
      leader: () => this.#replica.leader,
      monotonicMs: () => performance.now(),
      pause: (ms) => this.#pause(ms),
      signal,
    })
    if (ground === 'stopped' || this.#damaged !== '') return this.#nodesOpen.resolve(false)
    this.#bootHttp = new BootHttp({
      reader: () => this.#replica.reader(),
      linearizable: async (timeoutMs) => (await this.#linearizable(timeoutMs)).ok,
      freshness: () => ({
        appliedIndex: this.#replica.appliedIndex,
        ageMs: performance.now() - this.#confirmedAtMs,
      }),
      reportFetches: (fetches) =>
        this.#ownWrite(EvidenceService.method.reportFetches, reportOf(fetches), ownWriteTimeoutMs),
      reportBoot: (report) => this.#ownWrite(EvidenceService.method.reportBoot, report, reportTimeoutMs),
      audit: (message, facts) => this.#logger.warn(facts, message),
    })
    const node = await this.#bootHttp.listen(this.#config.nodeListen)
    this.#bound = { ...this.#bound, node: formatAddress(node) }
    this.#logger.info({ ground, node: this.#bound.node }, 'the listener for nodes is open')
    this.#nodesOpen.resolve(true)
    await this.#sayWhere(node)
  }

  async #sayWhere(node: ListenAddress): Promise<void> {
    const { self } = this.#cluster
    const nodeUrl = this.#config.nodeUrl ?? `http://${formatAddress(node)}`
    const { api: apiAddress, admin: adminAddress } = this.#bound
    const report = { id: self.id, name: self.name, nodeUrl, apiAddress, adminAddress, release: version() }
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#ownWrite(PresenceService.method.reportPeer, report, ownWriteTimeoutMs)
        return
      } catch (error) {
        this.#logger.warn({ err: error }, 'could not say yet where this peer is reached')
        await this.#pause(presencePauseMs)
      }
    }
  }

  async #linearizable(timeoutMs: number): Promise<{ readonly ok: boolean }> {
    const read = await this.#replica.linearizable(timeoutMs)
    if (read.ok) {
      this.#confirmed = true
      this.#confirmedAtMs = performance.now()
    }
    return read
  }

  async #ownWrite(...[method, request, timeoutMs]: Parameters<Kernel['ownWrite']>): Promise<void> {
    await this.#kernel.ownWrite(method, request, timeoutMs)
  }

  #requireReady(): void {
    if (this.#damaged !== '') throw trivetError('PEER_DAMAGED', { reason: this.#damaged })
    if (this.#stopped.signal.aborted) throw trivetError('NOT_READY', { reason: 'it is stopping' })
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#stopped.signal.addEventListener('abort', () => resolve(), { once: true })
    return promise.finally(() => clearTimeout(timer))
  }

  async #closeListeners(): Promise<void> {
    await Promise.allSettled([this.#bootHttp?.close(), this.#api?.stop(), this.#admin?.close()])
  }

  #fatal(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    createDie({
      writeError: (line) => writeSync(2, line),
      closeSockets: () => undefined,
      closeListeners: () => this.#closeListeners(),
      kill: () => process.kill(process.pid, 'SIGKILL'),
      after: (delayMs, callback) => setTimeout(callback, delayMs),
    })('defect', reason)
  }

  #facts() {
    return peerFacts({
      self: { ...this.#cluster.self, address: () => this.#member.address },
      clusterId: this.#cluster.id,
      member: () => this.#member,
      replica: this.#replica,
      readiness: this.#readiness,
    })
  }
}

function reportOf(fetches: readonly { nodeId: string; attemptId: string; timeMs: number }[]) {
  return { fetches: fetches.map(({ timeMs, ...fetch }) => ({ ...fetch, timeMs: BigInt(timeMs) })) }
}

function requireOpen(opened: OpenedState): Extract<OpenedState, { kind: 'open' }> {
  if (opened.kind === 'open') return opened
  throw trivetError('STATE_DAMAGED', { reason: opened.reason })
}
