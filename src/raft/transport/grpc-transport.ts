import { isIP } from 'node:net'
import { trivetError } from '../../lib/errors.ts'
import { listenReason } from '../../lib/system-reasons.ts'
import type { Message, PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import { relayFrames, replicateFrames, snapshotFrames } from './frames.ts'
import { noStanding, type HelloFacts, type Standing } from './hello.ts'
import {
  batchSizeBytesTarget,
  relayQueueBytesMax,
  replicateQueueBytesMax,
  snapshotQueueBytesMax,
  strangersMax,
} from './limits.ts'
import { OutgoingLink } from './outgoing-link.ts'
import { IncomingLinks, PeerListener } from './peer-listener.ts'
import type { SnapshotFrame } from './snapshot-frame.ts'
import type { Connection, LinkState, Transport, TransportEvents } from './transport.ts'

export interface GrpcTransportOptions {
  /** A loopback address; port 0 takes any free port. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly facts: HelloFacts
  /** All peers of the cluster; this one's own entry is ignored. */
  readonly peers: readonly PeerAddress[]
  readonly events: TransportEvents
}

/**
 * Listens and begins to dial all other peers, which may come up in any order, at any time.
 * Throws PEER_LISTENER_NOT_LOOPBACK and LISTEN_FAILED.
 */
export async function openGrpcTransport(options: GrpcTransportOptions): Promise<Transport> {
  const { host, port } = options.listen
  const at = (boundPort: number) => (isIP(host) === 6 ? `[${host}]:${boundPort}` : `${host}:${boundPort}`)
  if (!isLoopback(host)) throw trivetError('PEER_LISTENER_NOT_LOOPBACK', { address: at(port) })
  const transport = new GrpcTransport(options)
  try {
    const bound = await transport.listen(at(port))
    transport.address = at(bound)
  } catch (error) {
    transport.close()
    throw trivetError('LISTEN_FAILED', { address: at(port), reason: listenReason(error) }, { cause: error })
  }
  transport.dial()
  return transport
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

interface PeerLinks {
  readonly peer: PeerAddress
  readonly replicate: OutgoingLink<readonly Message[]>
  readonly relay: OutgoingLink<Uint8Array>
  readonly snapshot: OutgoingLink<SnapshotFrame>
  /** What was told last, so that a change is told once. */
  toldLink: LinkState
  toldError: string
  toldRelay: boolean
}

class GrpcTransport implements Transport {
  address = ''
  readonly #events: TransportEvents
  readonly #links = new Map<PeerId, PeerLinks>()
  readonly #replicates: IncomingLinks<readonly Message[]>
  readonly #relays: IncomingLinks<Uint8Array>
  readonly #snapshots: IncomingLinks<SnapshotFrame>
  readonly #listener: PeerListener
  readonly #facts: HelloFacts
  /** Peers that go by a newer configuration than this one, and its index. */
  readonly #strangers = new Map<PeerId, { readonly peer: PeerAddress; readonly index: number }>()
  #peers: readonly PeerAddress[] = []
  #standing = noStanding
  #closed = false

  constructor({ facts, peers, events }: GrpcTransportOptions) {
    this.#events = events
    this.#facts = facts
    const incoming = {
      facts,
      standing: () => this.#standing,
      stranger: (peer: PeerAddress, index: number) => this.#meetStranger(peer, index),
    }
    this.#replicates = new IncomingLinks({
      ...incoming,
      codec: replicateFrames,
      received: (from, messages) => {
        if (!this.#closed) events.received(from, messages)
      },
      changed: (from, connected) => this.#incomingChanged(from, connected),
    })
    this.#relays = new IncomingLinks({
      ...incoming,
      codec: relayFrames,
      received: (from, payload) => {
        if (!this.#closed) events.relayed(from, payload)
      },
      changed: (from, connected) => this.#incomingChanged(from, connected),
    })
    this.#snapshots = new IncomingLinks({
      ...incoming,
      codec: snapshotFrames,
      received: (from, frame) => {
        if (!this.#closed) events.snapshotFrame(from, frame)
      },
      // Answers go over the other direction: it is dialled in time for the first one.
      changed: (from, connected) => {
        if (connected && !this.#closed) this.#links.get(from)?.snapshot.dial()
      },
    })
    this.#listener = new PeerListener([this.#replicates, this.#relays, this.#snapshots])
    this.#peers = peers.filter((peer) => peer.id !== facts.self)
    this.#accept(this.#peers)
    this.#know(this.#peers)
  }

  async listen(address: string): Promise<number> {
    return this.#listener.listen(address)
  }

  setPeers(peers: readonly PeerAddress[], standing: Standing): void {
    this.#peers = peers
    this.#standing = standing
    this.#update()
  }

  /** False if there are too many of them. */
  #meetStranger(peer: PeerAddress, index: number): boolean {
    if (!this.#strangers.has(peer.id) && this.#strangers.size >= strangersMax) return false
    this.#strangers.set(peer.id, { peer, index })
    this.#update()
    return true
  }

  #update(): void {
    if (this.#closed) return
    for (const [id, { index }] of this.#strangers) {
      if (index <= this.#standing.index || this.#peers.some((peer) => peer.id === id)) this.#strangers.delete(id)
    }
    const peers = [...this.#peers, ...[...this.#strangers.values()].map(({ peer }) => peer)]
    const addresses = new Map(peers.map((peer) => [peer.id, peer.address]))
    // First, so that the end of both directions is told where it is one.
    this.#accept(peers)
    for (const [id, links] of this.#links) {
      if (addresses.get(id) === links.peer.address) continue
      links.replicate.close()
      links.relay.close()
      links.snapshot.close()
      this.#tell(id)
      this.#links.delete(id)
    }
    this.#know(peers)
    this.dial()
  }

  /** Ascending by id. */
  #know(peers: readonly PeerAddress[]): void {
    const ascending = peers.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    const links = ascending.map((peer) => [peer.id, this.#links.get(peer.id) ?? this.#makeLinks(peer)] as const)
    this.#links.clear()
    for (const [id, made] of links) this.#links.set(id, made)
  }

  #accept(peers: readonly PeerAddress[]): void {
    const ids = new Set(peers.map(({ id }) => id))
    for (const incoming of [this.#replicates, this.#relays, this.#snapshots]) incoming.setPeers(ids)
  }

  dial(): void {
    for (const { replicate, relay } of this.#links.values()) {
      replicate.dial()
      relay.dial()
    }
  }

  send(to: PeerId, messages: readonly Message[]): boolean {
    const link = this.#links.get(to)?.replicate
    if (link === undefined) return false
    let batch: Message[] = []
    let bytes = 0
    for (const message of messages) {
      batch.push(message)
      bytes += message.entries.reduce((sum, entry) => sum + entry.data.length, 0)
      if (bytes < batchSizeBytesTarget) continue
      if (!link.send(batch)) return false
      batch = []
      bytes = 0
    }
    return batch.length === 0 || link.send(batch)
  }

  relay(to: PeerId, payload: Uint8Array): boolean {
    const links = this.#links.get(to)
    if (links === undefined || !this.#relayConnected(links)) return false
    if (links.relay.send(payload)) return true
    links.relay.reset(`more than ${relayQueueBytesMax} bytes were waiting`)
    return false
  }

  sendSnapshot(to: PeerId, frame: SnapshotFrame): boolean {
    const link = this.#links.get(to)?.snapshot
    if (link === undefined) return false
    if (!link.connected) link.dial()
    return link.send(frame)
  }

  takeRelays(taken: boolean): void {
    this.#relays.pause(!taken)
  }

  connections(): readonly Connection[] {
    return [...this.#links.values()].map((links) => ({
      id: links.peer.id,
      ...this.#linkState(links),
      lastError: links.replicate.lastError === '' ? links.relay.lastError : links.replicate.lastError,
    }))
  }

  close(): void {
    this.#closed = true
    for (const { replicate, relay, snapshot } of this.#links.values()) {
      replicate.close()
      relay.close()
      snapshot.close()
    }
    this.#listener.close()
  }

  #makeLinks(peer: PeerAddress): PeerLinks {
    const facts = this.#facts
    const outgoing = {
      peer: peer.id,
      address: peer.address,
      facts,
      standing: () => this.#standing,
      events: { changed: () => this.#tell(peer.id) },
    }
    return {
      peer,
      replicate: new OutgoingLink({ ...outgoing, codec: replicateFrames, queueBytesMax: replicateQueueBytesMax }),
      relay: new OutgoingLink({ ...outgoing, codec: relayFrames, queueBytesMax: relayQueueBytesMax }),
      snapshot: new OutgoingLink({
        ...outgoing,
        codec: snapshotFrames,
        queueBytesMax: snapshotQueueBytesMax,
        events: { changed: () => {} },
      }),
      toldLink: { outgoing: false, incoming: false, refused: false },
      toldError: '',
      toldRelay: false,
    }
  }

  /** A peer that has dialled us is there to be dialled, whatever our last attempt found. */
  #incomingChanged(from: PeerId, connected: boolean): void {
    if (this.#closed) return
    const links = this.#links.get(from)
    if (connected) {
      links?.replicate.dial()
      links?.relay.dial()
    }
    this.#tell(from)
  }

  #linkState({ peer, replicate }: PeerLinks): LinkState {
    return {
      outgoing: replicate.connected,
      incoming: this.#replicates.isConnected(peer.id),
      refused: replicate.refused,
    }
  }

  /** Both directions: an answer that cannot come back is a loss, too. */
  #relayConnected({ peer, relay }: PeerLinks): boolean {
    return relay.connected && this.#relays.isConnected(peer.id)
  }

  #tell(peer: PeerId): void {
    const links = this.#links.get(peer)
    if (links === undefined || this.#closed) return
    const link = this.#linkState(links)
    const told = links.toldLink
    if (link.outgoing !== told.outgoing || link.incoming !== told.incoming || link.refused !== told.refused) {
      links.toldLink = link
      this.#events.linkChanged(peer, link)
    }
    const { lastError } = links.replicate
    if (lastError !== links.toldError) {
      links.toldError = lastError
      if (lastError !== '') this.#events.dialFailed(peer, lastError)
    }
    const relay = this.#relayConnected(links)
    if (relay !== links.toldRelay) {
      links.toldRelay = relay
      this.#events.relayChanged(peer, relay)
    }
  }
}
