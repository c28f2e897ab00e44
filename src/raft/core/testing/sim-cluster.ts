import { confStateAfter } from '../conf-change.ts'
import { emptyConfState } from '../tracker.ts'
import type { Config, Entry, Message, PeerId, ReadState, SnapshotMetadata } from '../types.ts'
import { confChangeOfEntry } from './conf-text.ts'
import { SafetyChecker } from './safety-checker.ts'
import { SimPeer, type Turn } from './sim-peer.ts'
import { encodeText } from './text.ts'

export type SimConfig = Omit<Config, 'id' | 'applied' | 'random'>

export const defaultSimConfig: SimConfig = {
  electionTicks: 10,
  heartbeatTicks: 1,
  maxAppendBytes: 1_000,
  maxCommittedBytesPerReady: 10_000,
  maxUncommittedBytes: 10_000,
  maxInflightMessages: 16,
  maxInflightBytes: 10_000,
}

export interface SimClusterOptions {
  readonly voters: readonly PeerId[]
  readonly learners?: readonly PeerId[]
  /** Peers with an empty log, which nobody knows yet. */
  readonly spare?: readonly PeerId[]
  readonly config?: Partial<SimConfig>
  /** The random number of a peer's next election time-out. */
  readonly random?: (id: PeerId, below: number) => number
  /** Entry 1 is in the log and committed, but not applied. */
  readonly fresh?: boolean
  /** Told of everything that a peer was asked to do. */
  readonly onTurn?: (peer: SimPeer, turn: Turn) => void
}

/** Peers and the network between them: messages stay in flight until they are delivered, dropped or doubled. */
export class SimCluster {
  readonly peers: ReadonlyMap<PeerId, SimPeer>
  readonly safety: SafetyChecker
  /** In the order in which they were sent. */
  inFlight: Message[] = []
  readonly readStates: { readonly at: PeerId; readonly state: ReadState }[] = []
  /** The states that snapshots name, as they were sent. */
  readonly #states = new Map<string, readonly Entry[]>()
  readonly #onTurn: (peer: SimPeer, turn: Turn) => void

  constructor(options: SimClusterOptions) {
    const config = { ...defaultSimConfig, ...options.config }
    const { voters, learners = [], spare = [], random = () => 0 } = options
    const bootstrap: Entry = {
      term: 1,
      index: 1,
      type: 'conf_change',
      data: encodeText(['bootstrap', ...voters.map((id) => `+${id}`), ...learners.map((id) => `~${id}`)].join(' ')),
    }
    const confState = confStateAfter(emptyConfState, confChangeOfEntry(bootstrap))
    const peers = [...voters, ...learners, ...spare].map((id) => {
      const peer = new SimPeer(id, { ...config, random: (below) => random(id, below) }, (named) => this.#stateOf(named))
      if (spare.includes(id)) return [id, peer] as const
      peer.disk.append([bootstrap])
      peer.disk.setHardState({ term: 1, vote: '', commit: 1 })
      if (options.fresh !== true) {
        peer.disk.setConfState(confState)
        peer.applied.push(bootstrap)
      }
      return [id, peer] as const
    })
    this.peers = new Map(peers)
    this.safety = new SafetyChecker(this.peers)
    this.#onTurn = options.onTurn ?? (() => {})
  }

  start(id: PeerId): void {
    this.peer(id).start()
    this.safety.started(id)
  }

  peer(id: PeerId): SimPeer {
    const peer = this.peers.get(id)
    if (peer === undefined) throw new Error(`there is no peer ${id}`)
    return peer
  }

  up(): readonly SimPeer[] {
    return [...this.peers.values()].filter((peer) => peer.up)
  }

  /** Carries out what every peer wants done, except for writes and applying; then checks the invariants. */
  run(): void {
    for (let rounds = 0; this.up().some((peer) => this.runPeer(peer)); rounds++) {
      if (rounds > 100) throw new Error('a peer is never done')
    }
  }

  /** One turn of one peer. */
  runPeer(peer: SimPeer): boolean {
    const turn = peer.turn()
    if (turn === undefined) return false
    this.#onTurn(peer, turn)
    for (const { type, snapshot } of turn.sent) {
      if (type === 'snapshot' && snapshot !== undefined) {
        this.#states.set(`${snapshot.index}/${snapshot.term}`, peer.applied.slice(0, snapshot.index))
      }
    }
    this.inFlight.push(...turn.sent)
    for (const state of turn.ready.readStates) this.readStates.push({ at: peer.id, state })
    this.safety.afterTurn(peer, turn)
    return true
  }

  sync(peer: SimPeer): readonly Message[] {
    const leaving = peer.sync()
    this.inFlight.push(...leaving)
    return leaving
  }

  apply(peer: SimPeer): readonly Entry[] {
    const entries = peer.apply()
    for (const entry of entries) this.safety.applied(peer, entry)
    return entries
  }

  /** Gives a message to its receiver; lost if that is down. */
  deliver(message: Message): void {
    const peer = this.peer(message.to)
    if (peer.up) peer.core.step(message)
  }

  crash(id: PeerId, options: { readonly keepWrites: number }): void {
    this.peer(id).crash(options.keepWrites)
  }

  /**
   * Delivers, writes and applies until nothing is left to do. `passes` says which messages get through, `stalled` which
   * disks end no write.
   */
  settle(options: { passes?: (message: Message) => boolean; stalled?: ReadonlySet<PeerId> } = {}): void {
    const { passes = () => true, stalled = new Set() } = options
    for (let rounds = 0; rounds < 10_000; rounds++) {
      this.run()
      const before = this.inFlight
      this.inFlight = []
      for (const message of before) if (passes(message)) this.deliver(message)
      let busy = before.length > 0
      for (const peer of this.up()) {
        while (peer.writes.length > 0 && !stalled.has(peer.id)) {
          this.sync(peer)
          busy = true
        }
        while (peer.applies.length > 0) {
          this.apply(peer)
          busy = true
        }
      }
      if (!busy && !this.up().some((peer) => peer.core.hasReady())) return
    }
    throw new Error('the cluster never settles')
  }

  #stateOf({ index, term }: SnapshotMetadata): readonly Entry[] {
    const state = this.#states.get(`${index}/${term}`)
    if (state?.length !== index) throw new Error(`nobody has sent the state of snapshot ${index}/${term}`)
    return state
  }
}
