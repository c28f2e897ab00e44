import type { Operation } from '../clients/operation.ts'
import type { Link } from '../network/link.ts'
import type { SimNetwork } from '../network/sim-network.ts'
import type { EndOfProcess } from '../disk/sim-disk.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { Timeline } from '../world/timeline.ts'
import type { Atlas } from './atlas.ts'
import type { Changes } from './changes.ts'

/** What disturbances work on. Whatever lasts is registered here, so that healing undoes it. */
export class Stage {
  readonly timeline: Timeline
  readonly network: SimNetwork
  readonly peers: readonly SimPeer[]
  readonly atlas: Atlas
  readonly changes: Changes
  /** Peers whose process may end by itself, until it has. */
  readonly mayDie = new Set<SimPeer>()
  /** What operators want done by the cluster. */
  readonly #wishes: Operation[] = []
  /** The newest state version that they have wanted. */
  versionWished = 1
  /** How long everything stood still so far. */
  suspendedMs = 0
  readonly #undo = new Set<() => void>()
  #isHealed = false

  constructor(parts: {
    readonly timeline: Timeline
    readonly network: SimNetwork
    readonly peers: readonly SimPeer[]
    readonly atlas: Atlas
    readonly changes: Changes
  }) {
    this.timeline = parts.timeline
    this.network = parts.network
    this.peers = parts.peers
    this.atlas = parts.atlas
    this.changes = parts.changes
  }

  /** Nothing is disturbed any more. */
  get isHealed(): boolean {
    return this.#isHealed
  }

  wish(operation: Operation): void {
    this.#wishes.push(operation)
  }

  /** For whoever acts next. */
  takeWish(): Operation | undefined {
    return this.#wishes.shift()
  }

  /** Undoes something after a while, or when everything is healed. */
  undoAfter(durationUs: number, undo: () => void): void {
    const once = () => {
      if (this.#undo.delete(once)) undo()
    }
    this.#undo.add(once)
    this.timeline.after(durationUs, once)
  }

  /** Ends a peer's process, which somebody starts again after a while. */
  crash(peer: SimPeer, how: EndOfProcess, downUs: number): void {
    peer.isHeldDown = true
    this.undoAfter(downUs, () => {
      peer.isHeldDown = false
      peer.start()
    })
    peer.crash(how)
  }

  linksOf(peer: SimPeer): readonly Link[] {
    return [...this.network.links].filter(({ from, to }) => from === peer.id || to === peer.id)
  }

  /** All machines stand still at once, so long by all of their clocks. */
  suspendAll(durationMs: number): void {
    this.suspendedMs += durationMs
    for (const { clock } of this.peers) clock.skip(durationMs)
  }

  /** A process has ended by itself: it is started again, as an operator's system does. */
  restartSoon(peer: SimPeer, delayUs: number): void {
    if (peer.isHeldDown) return
    if (this.#isHealed) return void this.timeline.after(delayUs, () => peer.start())
    this.undoAfter(delayUs, () => {
      if (!peer.isHeldDown) peer.start()
    })
  }

  /** Everything is as it should be from now on. */
  heal(): void {
    this.#isHealed = true
    const undo = [...this.#undo]
    for (const one of undo) one()
    for (const peer of this.peers) {
      if (peer.isInstalled && !peer.isUp) peer.start()
    }
  }

  /** A machine runs a peer from now on. */
  install(id: string): void {
    const peer = this.peers.find((one) => one.id === id)!
    if (peer.isInstalled) return
    peer.isInstalled = true
    peer.start()
  }
}
