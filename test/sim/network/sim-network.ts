import type { Message, PeerId } from '../../../src/raft/core/types.ts'
import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'
import type { Transport, TransportEvents } from '../../../src/raft/transport/transport.ts'
import type { Dice } from '../world/dice.ts'
import type { Thread } from '../world/thread.ts'
import type { Timeline } from '../world/timeline.ts'
import { soundLink, type Link, type Parcel } from './link.ts'
import { SimTransport } from './sim-transport.ts'

/** How long a parcel takes when nothing is wrong. */
const travelUs = { low: 80, mean: 250 } as const

/** How long a silent connection stands before the system gives it up. */
const keepaliveUs = { low: 1_000_000, high: 4_000_000 } as const

/** Pause between two attempts to dial. */
const redialUs = { low: 40_000, high: 400_000 } as const

/** Parcels that wait on a connection that is cut off; then it takes no more. */
const stuckMax = 256

/** Told of every message that a peer sends, whatever becomes of it. */
export type SendListener = (from: PeerId, to: PeerId, parcel: Parcel) => void

/**
 * The network between the peers, with a connection in each direction as the real transport has them. Parcels of one
 * connection arrive in order and once, unless a fault says otherwise; the core has to bear more than TCP does to it.
 */
export class SimNetwork {
  readonly timeline: Timeline
  readonly peers: readonly PeerId[]
  readonly #dice: Dice
  readonly #links = new Map<string, Link>()
  readonly #attached = new Map<PeerId, SimTransport>()
  /** Hosts without power: nobody there refuses a connection. */
  readonly #dark = new Set<PeerId>()
  onSend: SendListener = () => {}
  /** Told of every frame of a snapshot that a peer sends. */
  readonly snapshotListeners = new Set<(from: PeerId, to: PeerId, frame: SnapshotFrame) => void>()
  /** Told of every message of the consensus that a peer takes in. */
  onTaken: (from: PeerId, to: PeerId, messages: readonly Message[]) => void = () => {}

  constructor(timeline: Timeline, peers: readonly PeerId[], dice: Dice) {
    this.timeline = timeline
    this.peers = peers.toSorted()
    this.#dice = dice
    for (const from of this.peers) {
      for (const to of this.peers) {
        if (from === to) continue
        const state = { connection: 0, isUp: false, isRefused: false, lastArrivalUs: 0, lastSnapshotUs: 0 }
        this.#links.set(`${from} ${to}`, { from, to, faults: soundLink(), ...state, held: [], stuck: [] })
      }
    }
  }

  link(from: PeerId, to: PeerId): Link {
    return this.#links.get(`${from} ${to}`)!
  }

  get links(): Iterable<Link> {
    return this.#links.values()
  }

  /** A peer opens its listener and begins to dial; the others find it at their next attempt. */
  attach(
    of: { readonly id: PeerId; readonly thread: Thread; readonly events: TransportEvents },
    onMet: (peer: PeerId) => void = () => {},
  ): Transport {
    const { id } = of
    const transport = new SimTransport(this, of, onMet)
    this.#attached.set(id, transport)
    this.#dark.delete(id)
    for (const other of this.peers) {
      if (other === id) continue
      const link = this.link(id, other)
      link.connection++
      this.#dialSoon(link, this.#dice.between(100, 2_000))
    }
    return transport
  }

  /** The process is gone. Its connections are reset at once, unless the whole machine is gone without a word. */
  detach(id: PeerId, options: { readonly isSilent: boolean }): void {
    if (!this.#attached.delete(id)) return
    if (options.isSilent) this.#dark.add(id)
    for (const link of this.#links.values()) {
      if (link.from === id) this.#drop(link)
      else if (link.to === id) {
        link.connection++
        const waitsUs = options.isSilent ? this.#dice.between(keepaliveUs.low, keepaliveUs.high) : 200
        const { connection } = link
        this.timeline.after(waitsUs, () => link.connection === connection && this.#drop(link))
      }
    }
  }

  /** Connections of a link are reset, as when a device on the way restarts. */
  reset(link: Link): void {
    this.#drop(link)
  }

  /** Nothing passes any more, without a word; the connection is given up after a while if it stays so. */
  cut(link: Link): void {
    if (link.faults.isCut) return
    link.faults.isCut = true
    for (const direction of [link, this.link(link.to, link.from)]) {
      const { connection } = direction
      this.timeline.after(this.#dice.between(keepaliveUs.low, keepaliveUs.high), () => {
        if (link.faults.isCut && direction.connection === connection && direction.isUp) this.#drop(direction)
      })
    }
  }

  /** What was sent meanwhile is sent again, as far as the connection still stands. */
  mend(link: Link): void {
    if (!link.faults.isCut) return
    link.faults.isCut = false
    for (const parcel of link.stuck.splice(0)) this.#carry(link, parcel, false)
  }

  /** False if nothing connects. */
  send(from: PeerId, to: PeerId, sent: Parcel): boolean {
    const link = this.link(from, to)
    this.onSend(from, to, sent)
    if (sent.kind === 'snapshot') for (const listener of this.snapshotListeners) listener(from, to, sent.frame)
    if (!link.isUp) return false
    const { faults } = link
    const parcel = faults.losesEntries ? withoutEntries(sent) : sent
    const isRelay = parcel.kind === 'relay'
    // A connection loses nothing while it stands: what is cut off waits, and is lost only with the connection.
    if (faults.isCut) return this.#stick(link, parcel)
    if (!isRelay && faults.loss > 0 && this.#dice.chance(faults.loss)) return true
    this.#carry(link, parcel, !isRelay && faults.reordering > 0 && this.#dice.chance(faults.reordering))
    if (!isRelay && faults.duplication > 0 && this.#dice.chance(faults.duplication)) this.#carry(link, parcel, true)
    return true
  }

  /** Relays that waited are taken in again. */
  release(to: PeerId): void {
    for (const link of this.#links.values()) {
      if (link.to !== to) continue
      for (const payload of link.held.splice(0)) this.#arrive(link, { kind: 'relay', payload }, link.connection)
    }
  }

  #carry(link: Link, parcel: Parcel, isFree: boolean): void {
    const { faults, connection } = link
    const { nowUs } = this.timeline
    const delayUs = faults.delayUs > 0 ? this.#dice.exponential(faults.delayUs) : 0
    let atUs = nowUs + travelUs.low + this.#dice.exponential(travelUs.mean) + delayUs
    if (faults.cloggedUntilUs > nowUs) atUs += faults.cloggedUntilUs - nowUs
    if (isFree) atUs += this.#dice.exponential(50_000)
    else if (parcel.kind === 'snapshot') link.lastSnapshotUs = atUs = Math.max(atUs, link.lastSnapshotUs)
    else link.lastArrivalUs = atUs = Math.max(atUs, link.lastArrivalUs)
    this.timeline.at(atUs, () => this.#arrive(link, parcel, connection))
  }

  #arrive(link: Link, parcel: Parcel, connection: number): void {
    if (link.connection !== connection) return
    if (link.faults.isCut) return void this.#stick(link, parcel)
    const receiver = this.#attached.get(link.to)
    if (receiver === undefined) return
    if (parcel.kind === 'relay' && (!receiver.takesRelays || link.held.length > 0)) link.held.push(parcel.payload)
    else receiver.take(link.from, parcel)
  }

  #stick(link: Link, parcel: Parcel): boolean {
    if (link.stuck.length >= stuckMax) return false
    link.stuck.push(parcel)
    return true
  }

  #drop(link: Link): void {
    link.connection++
    link.held.length = 0
    link.stuck.length = 0
    link.lastArrivalUs = 0
    link.lastSnapshotUs = 0
    link.isUp = false
    this.#tell(link)
    this.#dialSoon(link, this.#dice.between(redialUs.low, redialUs.high))
  }

  #dialSoon(link: Link, delayUs: number): void {
    const { connection } = link
    this.timeline.after(delayUs, () => {
      if (link.connection !== connection || link.isUp || !this.#attached.has(link.from)) return
      const isReached = !link.faults.isCut && !this.link(link.to, link.from).faults.isCut
      if (isReached && this.#attached.has(link.to)) {
        link.isUp = true
        link.isRefused = false
        return this.#tell(link)
      }
      const isRefused = isReached && !this.#dark.has(link.to)
      if (isRefused !== link.isRefused) {
        link.isRefused = isRefused
        this.#tell(link)
      }
      this.#dialSoon(link, this.#dice.between(redialUs.low, redialUs.high))
    })
  }

  #tell(link: Link): void {
    this.#attached.get(link.from)?.linkChanged(link.to)
    this.#attached.get(link.to)?.linkChanged(link.from)
  }
}

function withoutEntries(parcel: Parcel): Parcel {
  if (parcel.kind !== 'messages') return parcel
  return { kind: 'messages', messages: parcel.messages.filter(({ entries }) => entries.length === 0) }
}
