import { isTrivetError } from '../../../lib/errors.ts'
import { uuid7 } from '../../../lib/uuid7.ts'
import { refusalPauseMs } from '../../limits.ts'
import { NotLeader } from '../../not-leader.ts'
import { Refused } from '../../refused.ts'
import type { WriteAnswer, WriteRequest } from '../../write-request.ts'
import { Chance } from './chance.ts'
import type { ClientCall, ClientRead } from './history.ts'
import { transactionsOf, violationsOf } from './history.ts'
import type { Mutant } from './mutant.ts'
import type { Operation } from './operation.ts'
import { evaluateOperation } from './operation.ts'
import type { ModelWorker } from './raft-model.ts'
import { RaftModel } from './raft-model.ts'
import { SimPeer } from './sim-peer.ts'

/** A client: one call at a time, tried again until its outcome is known. */
interface Client {
  call: ClientCall | undefined
  tries: number
  /** Ends the present try. */
  abort: AbortController
  /** The present try ended without an outcome. */
  hasFailed: boolean
}

/** Clients at once. */
const clientsMax = 6

/** A message between main threads. */
interface Relayed {
  readonly to: SimPeer
  readonly run: number
  readonly deliver: () => void
}

/**
 * Three peers, clients, and everything between them delayed, reordered or lost, as a seed says: leadership changes at
 * any step, entries are lost or committed, refusals of proposals come late, retries go through other peers while the
 * first try is still on its way, processes die. Then all is healed, and what clients were told is compared with the log.
 */
export class Simulation {
  readonly violations: string[] = []
  /** What happened, to prove that a run was worth something. */
  readonly counts = {
    ok: 0,
    refused: 0,
    replayed: 0,
    elections: 0,
    crashes: 0,
    /** Proposals that a worker had no room for. */
    refusals: 0,
    reads: 0,
    /** Entries with several transactions. */
    shared: 0,
    /** Transactions that only keep the refusal of a retry. */
    refusedRetries: 0,
  }
  readonly #chance: Chance
  readonly #mutant: Mutant
  readonly #raft = new RaftModel(['a', 'b', 'c'])
  readonly #peers: readonly SimPeer[]
  readonly #clients: readonly Client[]
  readonly #calls: ClientCall[] = []
  readonly #reads: ClientRead[] = []
  readonly #relayed: Relayed[] = []
  #step = 0
  #isHealing = false
  #fullOnceIn = 1
  /** What clients ask for; each run has its own mix, so that in some nearly everything is refused. */
  readonly #operations: readonly Operation[]
  #frozen: { readonly peer: SimPeer; readonly what: 'main' | 'worker'; readonly untilStep: number } | undefined

  constructor(seed: number, mutant: Mutant) {
    this.#chance = new Chance(seed)
    this.#mutant = mutant
    const report = (violation: string) => void this.violations.push(violation)
    const with_ = { chance: this.#chance, mutant, report }
    this.#peers = this.#raft.workers.map((worker) => new SimPeer(worker, with_))
    const kinds = (['create', 'bump', 'drop'] as const).flatMap((kind) => {
      const share = this.#chance.pick([1, 2, 8])
      return Array.from({ length: share }, () => kind)
    })
    const names = this.#chance.pick([['x'], ['x', 'y']])
    this.#operations = kinds.flatMap((kind) => names.map((name) => ({ kind, name })))
    this.#clients = Array.from({ length: clientsMax }, () => ({
      call: undefined,
      tries: 0,
      abort: new AbortController(),
      hasFailed: false,
    }))
  }

  /** Runs `steps` steps and the healing; gives what is wrong. */
  async run(steps: number): Promise<readonly string[]> {
    for (const peer of this.#peers) await peer.start()
    this.#elect()
    const actions = this.#actions()
    const total = actions.reduce((sum, [weight]) => sum + weight, 0)
    for (let step = 0; step < steps && this.violations.length === 0; step += 1) {
      let at = this.#chance.below(total)
      const action = actions.find(([weight]) => (at -= weight) < 0)!
      await this.#take(action[1])
    }
    await this.#heal()
    return this.violations
  }

  async #take(action: () => void | Promise<void>): Promise<void> {
    this.#step += 1
    await action()
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Each run has weights of its own: calm ones come far, rough ones meet what is rare. */
  #actions(): readonly (readonly [weight: number, action: () => void | Promise<void>])[] {
    const roughness = this.#chance.pick([0, 1, 2, 4, 8])
    const crashes = this.#chance.pick([0, 0, 1, 3])
    const freezes = this.#chance.pick([0, 5, 10])
    this.#fullOnceIn = this.#chance.pick([2, 6, 1_000])
    const busy = (isBusy: (peer: SimPeer) => boolean, act: (peer: SimPeer) => void) => () => {
      const peers = this.#peers.filter(isBusy)
      if (peers.length > 0) act(this.#chance.pick(peers))
    }
    return [
      [160, () => this.#clientActs(this.#chance.pick(this.#clients))],
      [20, () => this.#read(this.#chance.pick(this.#peers))],
      [
        160,
        busy(
          ({ tasks }) => tasks.length > 0,
          ({ tasks }) => tasks.shift()!(),
        ),
      ],
      [
        120,
        busy(
          ({ toWorker }) => toWorker.length > 0,
          (peer) => this.#work(peer),
        ),
      ],
      [
        160,
        busy(
          (peer) => !this.#isFrozen('main', peer) && peer.worker.events.length > 0,
          (peer) => peer.deliver(),
        ),
      ],
      [160, () => this.#replicate()],
      [
        80,
        busy(
          ({ worker }) => worker.reads.length > 0,
          ({ worker }) => void this.#raft.answerRead(worker),
        ),
      ],
      [120, () => this.#relay()],
      [3 * roughness, () => this.#elect()],
      [20, () => this.#advance(this.#chance.below(2_000))],
      [40, () => this.#advance(refusalPauseMs)],
      [
        80,
        busy(
          ({ worker }) => worker.answers.length > 0,
          ({ worker }) => worker.answers.shift()!(),
        ),
      ],
      [crashes, () => this.#crash(this.#chance.pick(this.#peers))],
      [freezes, () => this.#freeze()],
      [this.#chance.pick([0, 60, 200]), () => this.#hurry(this.#chance.pick(this.#peers))],
    ]
  }

  /** One peer does all that it has to do, and sends all that it has, so that runs come far between rough moments. */
  #hurry(peer: SimPeer): void {
    const isDeaf = this.#isFrozen('main', peer)
    while (peer.tasks.length > 0) peer.tasks.shift()!()
    while (peer.toWorker.length > 0) this.#work(peer)
    if (!isDeaf) while (peer.worker.events.length > 0) peer.deliver()
    while (peer.worker.answers.length > 0) peer.worker.answers.shift()!()
    while (this.#raft.answerRead(peer.worker));
    if (this.#isFrozen('worker', peer)) return
    for (const other of this.#peers) {
      if (!this.#isFrozen('worker', other)) this.#raft.replicate(peer.worker, other.worker, peer.worker.log.length)
    }
  }

  /** For a while one main thread hears nothing of its worker, or one worker reaches no other: whoever leads, usually. */
  #freeze(): void {
    const leaders = this.#peers.filter(({ worker }) => worker.role === 'leader')
    const peer = this.#chance.pick(leaders.length > 0 ? leaders : this.#peers)
    const what = this.#chance.pick(['main', 'worker'] as const)
    this.#frozen = { peer, what, untilStep: this.#step + 20 + this.#chance.below(300) }
    const others = this.#raft.workers.filter((worker) => worker !== peer.worker)
    if (this.#chance.once(2) && others.some((worker) => this.#raft.elect(worker, others))) this.counts.elections += 1
  }

  #isFrozen(what: 'main' | 'worker', peer: SimPeer): boolean {
    const frozen = this.#frozen
    return frozen?.peer === peer && frozen.what === what && frozen.untilStep > this.#step
  }

  #clientActs(client: Client): void {
    if (client.call === undefined) return this.#invoke(client)
    if (client.hasFailed || this.#chance.once(6)) this.#try(client)
  }

  #invoke(client: Client): void {
    const { logTimeMs } = this.#chance.pick(this.#peers).replica.reader()
    const operation = this.#chance.pick(this.#operations)
    const requestId = uuid7({ timeMs: logTimeMs, random: this.#chance.bytes(10) })
    client.call = { requestId, operation, invokedAt: this.#step, answeredAt: 0, result: undefined }
    client.tries = 0
    this.#calls.push(client.call)
    this.#try(client)
  }

  /** The client cancels the present try, which may still be on its way, and begins the next through some peer. */
  #try(client: Client): void {
    client.abort.abort()
    client.abort = new AbortController()
    client.hasFailed = false
    client.tries += 1
    const call = client.call!
    const { signal } = client.abort
    const peer = this.#isHealing ? this.#leadingPeer() : this.#chance.pick(this.#peers)
    if (peer === undefined) return void (client.hasFailed = true)
    this.#carryOut(peer, call, { retry: client.tries > 1, signal }).then(
      (result) => {
        if (signal.aborted) return
        call.result = result
        call.answeredAt = this.#step
        client.call = undefined
        this.counts[result.kind] += 1
      },
      () => !signal.aborted && (client.hasFailed = true),
    )
  }

  /** What the peer that takes a request does: has it evaluated by the leader, and waits until it sees the outcome. */
  async #carryOut(peer: SimPeer, call: ClientCall, how: { readonly retry: boolean; readonly signal: AbortSignal }) {
    const { run } = peer
    const answer = await this.#submit(peer, call, how)
    if (peer.run !== run) throw new Error('the process is gone')
    const revision = answer instanceof Refused ? answer.revision : answer.revision
    await peer.replica.whenRevision(revision, how.signal)
    if (answer instanceof Refused) return { kind: 'refused', revision } as const
    if (answer.replayed) this.counts.replayed += 1
    const { appliedIndex } = peer.replica
    const seen = transactionsOf(peer.worker.log.slice(0, appliedIndex))
    if (!seen.some(({ requestId }) => requestId === call.requestId)) {
      this.violations.push(`${call.requestId} is answered at ${peer.id}, which has not applied it`)
    }
    return { kind: 'ok', revision } as const
  }

  async #submit(peer: SimPeer, call: ClientCall, how: { readonly retry: boolean; readonly signal: AbortSignal }) {
    const request = this.#requestOf(call, how)
    try {
      return await this.#evaluate(peer, request)
    } catch (error) {
      const leader = error instanceof NotLeader ? this.#peers.find(({ id }) => id === error.leader) : undefined
      if (leader === undefined || leader === peer) throw error
      return await this.#forward(peer, leader, request)
    }
  }

  async #evaluate(peer: SimPeer, request: WriteRequest): Promise<WriteAnswer | Refused> {
    try {
      return await peer.replica.submit(request)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      // Only what rules refuse is an outcome in the eyes of the model.
      if (!isTrivetError(error.cause, 'INVALID_REQUEST')) throw error
      return error
    }
  }

  #forward(from: SimPeer, to: SimPeer, request: WriteRequest): Promise<WriteAnswer | Refused> {
    const { run } = from
    // The cancellation of a call overtakes nothing: a request that is on its way arrives.
    const signal = this.#chance.once(2) ? request.signal : new AbortController().signal
    return new Promise((resolve, reject) => {
      const answer = (deliver: () => void) => this.#relayed.push({ to: from, run, deliver })
      const deliver = () =>
        void this.#evaluate(to, { ...request, signal }).then(
          (done) => answer(() => resolve(done)),
          (error: Error) => answer(() => reject(error)),
        )
      this.#relayed.push({ to, run: to.run, deliver })
    })
  }

  #requestOf(call: ClientCall, how: { readonly retry: boolean; readonly signal: AbortSignal }): WriteRequest {
    return {
      ...how,
      principal: 'client',
      tenant: '',
      requestId: call.requestId,
      digest: new TextEncoder().encode(JSON.stringify(call.operation)),
      method: call.operation.kind,
      reason: '',
      viaPeer: '',
      sourceAddress: '',
      evaluate: (read) => evaluateOperation(read, call.operation),
    }
  }

  #read(peer: SimPeer): void {
    const invokedAt = this.#step
    const { run } = peer
    void peer.replica.linearizable(10_000).then(({ ok, reader }) => {
      if (!ok || peer.run !== run) return
      this.counts.reads += 1
      this.#reads.push({ invokedAt, revision: reader.revision })
    })
  }

  /** The worker takes the next message of its main thread. */
  #work({ worker, toWorker }: SimPeer): void {
    const message = toWorker.shift()
    if (message === undefined) return
    if (message.kind === 'read') return void worker.reads.push(message.resolve)
    const isFull = !this.#isHealing && this.#chance.once(this.#fullOnceIn)
    if (isFull) this.counts.refusals += 1
    this.#raft.propose(worker, message.proposal, { isFull, stampsTerm: this.#mutant.workerStampsTerm })
  }

  #replicate(): void {
    const reachable = this.#peers.filter((peer) => !this.#isFrozen('worker', peer)).map(({ worker }) => worker)
    const leaders = reachable.filter(({ role }) => role === 'leader')
    if (leaders.length === 0) return
    const leader = this.#chance.pick(leaders)
    const follower = this.#chance.pick(reachable)
    const from = Math.min(follower.log.length, leader.log.length)
    this.#raft.replicate(leader, follower, from + this.#chance.below(leader.log.length - from + 1))
  }

  #relay(): void {
    if (this.#relayed.length === 0) return
    const [message] = this.#relayed.splice(this.#chance.below(this.#relayed.length), 1)
    const isLost = !this.#isHealing && this.#chance.once(12)
    if (!isLost && message!.to.run === message!.run) message!.deliver()
  }

  #elect(): void {
    const candidate = this.#chance.pick(this.#raft.workers)
    const others = this.#raft.workers.filter((worker) => worker !== candidate)
    const voters: ModelWorker[] = [candidate, this.#chance.pick(others)]
    if (this.#raft.elect(candidate, voters)) this.counts.elections += 1
  }

  #advance(durationMs: number): void {
    for (const peer of this.#peers) peer.advance(durationMs)
  }

  async #crash(peer: SimPeer): Promise<void> {
    this.counts.crashes += 1
    await peer.crash()
  }

  #leadingPeer(): SimPeer | undefined {
    return this.#peers.find(({ replica }) => replica.leadingTerm !== undefined)
  }

  /** Everything is delivered, one leader is elected, and clients try until they know: what is left must agree. */
  async #heal(): Promise<void> {
    this.#isHealing = true
    for (let round = 0; round < 60 && this.violations.length === 0; round += 1) {
      const isSettled = this.#clients.every(({ call }) => call === undefined) && round > 2
      const leaders = this.#raft.workers.filter(({ role }) => role === 'leader')
      const top = Math.max(...this.#raft.workers.map(({ term }) => term))
      if (!leaders.some(({ term }) => term === top)) await this.#take(() => this.#elect())
      for (const client of this.#clients) if (client.call !== undefined) await this.#take(() => this.#try(client))
      for (let pass = 0; pass < 12; pass += 1) await this.#take(() => this.#settle())
      if (isSettled && this.#agree()) break
    }
    if (this.violations.length > 0) return
    for (const { call } of this.#clients)
      if (call !== undefined) this.violations.push(`${call.requestId} gets no answer`)
    if (!this.#agree()) this.violations.push(`replicas differ: ${this.#peers.map(fingerprint).join(' ')}`)
    const [longest] = [...this.#raft.workers].sort((one, other) => other.commit - one.commit)
    const log = longest!.log.slice(0, longest!.commit)
    this.counts.shared = log.filter((entry) => transactionsOf([entry]).length > 1).length
    this.counts.refusedRetries = transactionsOf(log).filter(({ outcome }) => outcome?.code !== '').length
    this.violations.push(...violationsOf(log, this.#calls, this.#reads))
  }

  #settle(): void {
    while (this.#relayed.length > 0) this.#relay()
    this.#advance(20)
    const top = Math.max(...this.#raft.workers.map(({ term }) => term))
    for (const peer of this.#peers) {
      while (peer.tasks.length > 0) peer.tasks.shift()!()
      while (peer.toWorker.length > 0) this.#work(peer)
      for (const other of this.#raft.workers) this.#raft.replicate(peer.worker, other, peer.worker.log.length)
      if (peer.worker.term === top) while (this.#raft.answerRead(peer.worker));
      while (peer.worker.events.length > 0) peer.deliver()
      while (peer.worker.answers.length > 0) peer.worker.answers.shift()!()
    }
  }

  #agree(): boolean {
    return new Set(this.#peers.map(fingerprint)).size === 1
  }
}

function fingerprint({ replica }: SimPeer): string {
  return JSON.stringify(replica.hash())
}
