import type { Message, PeerId } from '../../../src/raft/core/types.ts'
import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'
import type { Connection, LinkState, Transport, TransportEvents } from '../../../src/raft/transport/transport.ts'
import type { Thread } from '../world/thread.ts'
import type { Parcel } from './link.ts'
import type { SimNetwork } from './sim-network.ts'

/** The network as one process sees it. */
export class SimTransport implements Transport {
  readonly address: string
  readonly #network: SimNetwork
  readonly #id: PeerId
  readonly #thread: Thread
  readonly #events: TransportEvents
  /** A hello has gone to this peer, and it has answered. */
  readonly #onMet: (peer: PeerId) => void
  readonly #told = new Map<PeerId, LinkState>()
  takesRelays = true
  #isClosed = false

  constructor(
    network: SimNetwork,
    of: { readonly id: PeerId; readonly thread: Thread; readonly events: TransportEvents },
    onMet: (peer: PeerId) => void,
  ) {
    this.address = `${of.id}:0`
    this.#network = network
    this.#id = of.id
    this.#thread = of.thread
    this.#events = of.events
    this.#onMet = onMet
  }

  send(to: PeerId, messages: readonly Message[]): boolean {
    return !this.#isClosed && this.#network.send(this.#id, to, { kind: 'messages', messages })
  }

  relay(to: PeerId, payload: Uint8Array): boolean {
    return !this.#isClosed && this.#network.send(this.#id, to, { kind: 'relay', payload })
  }

  /** Every machine speaks with every other one, also when it is not named: the core has to bear that. */
  setPeers(): void {
    // Whoever is removed goes on speaking.
  }

  sendSnapshot(to: PeerId, frame: SnapshotFrame): boolean {
    return !this.#isClosed && this.#network.send(this.#id, to, { kind: 'snapshot', frame })
  }

  takeRelays(taken: boolean): void {
    this.takesRelays = taken
    if (taken) this.#network.timeline.after(1, () => this.#network.release(this.#id))
  }

  connections(): readonly Connection[] {
    return this.#network.peers
      .filter((peer) => peer !== this.#id)
      .map((id) => {
        const link = this.#link(id)
        return { id, ...link, lastError: link.outgoing ? '' : link.refused ? 'nothing listens there' : 'no connection' }
      })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#network.detach(this.#id, { isSilent: false })
  }

  take(from: PeerId, parcel: Parcel): void {
    this.#thread.take(() => {
      if (this.#isClosed) return
      if (parcel.kind === 'messages') {
        this.#network.onTaken(from, this.#id, parcel.messages)
        this.#events.received(from, parcel.messages)
      } else if (parcel.kind === 'relay') this.#events.relayed(from, parcel.payload)
      else this.#events.snapshotFrame(from, parcel.frame)
    })
  }

  /** The connections with a peer may have changed. */
  linkChanged(peer: PeerId): void {
    this.#thread.take(() => {
      if (this.#isClosed) return
      const link = this.#link(peer)
      const told = this.#told.get(peer) ?? { outgoing: false, incoming: false, refused: false }
      if (link.outgoing === told.outgoing && link.incoming === told.incoming && link.refused === told.refused) return
      this.#told.set(peer, link)
      if (link.outgoing && !told.outgoing) this.#onMet(peer)
      this.#events.linkChanged(peer, link)
      if (link.refused && !told.refused) this.#events.dialFailed(peer, 'nothing listens there')
      if (link.outgoing !== told.outgoing) this.#events.relayChanged(peer, link.outgoing)
    })
  }

  #link(peer: PeerId): LinkState {
    const outgoing = this.#network.link(this.#id, peer)
    return { outgoing: outgoing.isUp, incoming: this.#network.link(peer, this.#id).isUp, refused: outgoing.isRefused }
  }
}
