import type { Message, PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import { noStanding, type Standing } from './hello.ts'
import type { SnapshotFrame } from './snapshot-frame.ts'
import type { Connection, LinkState, Transport, TransportEvents } from './transport.ts'

type Parcel =
  | { readonly kind: 'messages'; readonly messages: readonly Message[] }
  | { readonly kind: 'relay'; readonly payload: Uint8Array }
  | { readonly kind: 'snapshot'; readonly frame: SnapshotFrame }

/**
 * A network in memory. With `manual` delivery a test decides when what was sent arrives; otherwise it arrives in a
 * later turn of the event loop. A parcel sent before a cut is lost with the connection.
 */
export class MemoryNetwork {
  readonly #delivery: 'automatic' | 'manual'
  readonly #peers: readonly PeerId[]
  readonly #attached = new Map<PeerId, MemoryTransport>()
  readonly #cuts = new Set<string>()
  readonly #silent = new Set<PeerId>()
  #parcels: { readonly from: PeerId; readonly to: PeerId; readonly parcel: Parcel }[] = []

  constructor(options: { readonly peers: readonly PeerId[]; readonly delivery: 'automatic' | 'manual' }) {
    this.#peers = options.peers.toSorted()
    this.#delivery = options.delivery
  }

  get peers(): readonly PeerId[] {
    return this.#peers
  }

  /** Starts a peer; it is connected with all others that are there. */
  attach(id: PeerId, events: TransportEvents): Transport {
    if (this.#attached.has(id)) throw new Error(`${id} is attached`)
    const transport = new MemoryTransport(this, id, events)
    this.#attached.set(id, transport)
    this.update()
    return transport
  }

  detach(id: PeerId): void {
    this.#attached.delete(id)
    this.#parcels = this.#parcels.filter(({ from, to }) => from !== id && to !== id)
    this.update()
  }

  /** Breaks the connections between two peers, in both directions, or mends them. */
  cut(one: PeerId, other: PeerId, broken: boolean): void {
    for (const direction of [`${one} ${other}`, `${other} ${one}`]) {
      if (broken) this.#cuts.add(direction)
      else this.#cuts.delete(direction)
    }
    this.#parcels = this.#parcels.filter(({ from, to }) => this.connects(from, to))
    this.update()
  }

  /** Cuts one peer off from all others, or mends it. */
  isolate(id: PeerId, broken: boolean): void {
    for (const other of this.#peers) if (other !== id) this.cut(id, other, broken)
  }

  connects(from: PeerId, to: PeerId): boolean {
    const [dialling, accepting] = [this.#attached.get(from), this.#attached.get(to)]
    if (dialling === undefined || accepting === undefined || this.#cuts.has(`${from} ${to}`)) return false
    return dialling.speaksWith(accepting) && accepting.speaksWith(dialling)
  }

  /** Loses everything from and to a peer, without a word: its connections stay. */
  drop(id: PeerId, lost: boolean): void {
    if (lost) this.#silent.add(id)
    else this.#silent.delete(id)
  }

  /** Nobody listens there, but the host is there to say so. */
  refuses(from: PeerId, to: PeerId): boolean {
    return !this.#attached.has(to) && !this.#cuts.has(`${from} ${to}`)
  }

  send(from: PeerId, to: PeerId, parcel: Parcel): boolean {
    if (!this.connects(from, to)) return false
    if (this.#silent.has(from) || this.#silent.has(to)) return true
    this.#parcels.push({ from, to, parcel })
    if (this.#delivery === 'automatic') setImmediate(() => this.deliver())
    return true
  }

  /** Delivers what has been sent so far, in order; tells how many parcels. What it leads to is not delivered yet. */
  deliver(): number {
    const parcels = this.#parcels
    this.#parcels = []
    let delivered = 0
    const held: typeof parcels = []
    for (const sent of parcels) {
      const receiver = this.#attached.get(sent.to)
      if (receiver === undefined || !this.connects(sent.from, sent.to)) continue
      if (receiver.take(sent.from, sent.parcel)) delivered++
      else held.push(sent)
    }
    this.#parcels = [...held, ...this.#parcels]
    return delivered
  }

  update(): void {
    for (const transport of this.#attached.values()) transport.update()
  }
}

class MemoryTransport implements Transport {
  readonly address: string
  readonly #network: MemoryNetwork
  readonly id: PeerId
  readonly #events: TransportEvents
  readonly #told = new Map<PeerId, LinkState>()
  /** Everybody, until it is said who. */
  #known: ReadonlySet<PeerId> | undefined
  #standing = noStanding
  #takesRelays = true
  #closed = false

  constructor(network: MemoryNetwork, id: PeerId, events: TransportEvents) {
    this.address = `${id}:0`
    this.#network = network
    this.id = id
    this.#events = events
  }

  send(to: PeerId, messages: readonly Message[]): boolean {
    return !this.#closed && this.#network.send(this.id, to, { kind: 'messages', messages })
  }

  relay(to: PeerId, payload: Uint8Array): boolean {
    return !this.#closed && this.#network.send(this.id, to, { kind: 'relay', payload })
  }

  sendSnapshot(to: PeerId, frame: SnapshotFrame): boolean {
    return !this.#closed && this.#network.send(this.id, to, { kind: 'snapshot', frame })
  }

  takeRelays(taken: boolean): void {
    this.#takesRelays = taken
    if (taken) setImmediate(() => this.#network.deliver())
  }

  connections(): readonly Connection[] {
    return this.#others()
      .filter((id) => this.#knows(id) || this.#link(id).outgoing)
      .map((id) => {
        const link = this.#link(id)
        return { id, ...link, lastError: link.outgoing ? '' : link.refused ? 'nothing listens there' : 'no connection' }
      })
  }

  setPeers(peers: readonly PeerAddress[], standing: Standing): void {
    this.#known = new Set(peers.map(({ id }) => id))
    this.#standing = standing
    this.#network.update()
  }

  /** It knows the other one, or is dialled by it and can learn something newer from it. */
  speaksWith(other: MemoryTransport): boolean {
    if (this.#knows(other.id)) return true
    return other.#knows(this.id) && other.#standing.isNamed && other.#standing.index > this.#standing.index
  }

  #knows(peer: PeerId): boolean {
    return this.#known === undefined || this.#known.has(peer)
  }

  close(): void {
    this.#closed = true
    this.#network.detach(this.id)
  }

  /** False if it must wait. */
  take(from: PeerId, parcel: Parcel): boolean {
    if (parcel.kind === 'relay' && !this.#takesRelays) return false
    if (parcel.kind === 'relay') this.#events.relayed(from, parcel.payload)
    else if (parcel.kind === 'snapshot') this.#events.snapshotFrame(from, parcel.frame)
    else this.#events.received(from, parcel.messages)
    return true
  }

  update(): void {
    for (const peer of this.#others()) {
      const link = this.#link(peer)
      const told = this.#told.get(peer) ?? { outgoing: false, incoming: false, refused: false }
      if (link.outgoing === told.outgoing && link.incoming === told.incoming && link.refused === told.refused) continue
      this.#told.set(peer, link)
      this.#events.linkChanged(peer, link)
      if (link.refused && !told.refused) this.#events.dialFailed(peer, 'nothing listens there')
      if (link.outgoing !== told.outgoing) this.#events.relayChanged(peer, link.outgoing)
    }
  }

  #others(): readonly PeerId[] {
    return this.#network.peers.filter((peer) => peer !== this.id)
  }

  #link(peer: PeerId): LinkState {
    return {
      outgoing: this.#network.connects(this.id, peer),
      incoming: this.#network.connects(peer, this.id),
      refused: this.#network.refuses(this.id, peer),
    }
  }
}
