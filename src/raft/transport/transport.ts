import type { Message, PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import type { Standing } from './hello.ts'
import type { SnapshotFrame } from './snapshot-frame.ts'

/**
 * Connections to the other peers: what the member needs of a network, and no more. Messages may be lost, and are never
 * duplicated or reordered between two peers within one connection. Every implementation passes `transportContract`, and
 * whichever lets `setPeers` decide passes `namingContract`.
 */
export interface Transport {
  /** `host:port` of the peer listener as it is bound. */
  readonly address: string

  /**
   * Speaks with these peers from now on, this one not among them, and with nobody else: new ones are dialled, those that
   * are not named any more are refused, and whoever has another address is dialled there.
   *
   * A peer that was away while another one was added does not know it; that may be the very leader. So one that goes by a
   * configuration newer than `standing` is spoken with all the same, until that is reached.
   */
  setPeers(peers: readonly PeerAddress[], standing: Standing): void

  /** Sends messages of the consensus, in order; false if they are dropped, because nothing connects or too much waits. */
  send(to: PeerId, messages: readonly Message[]): boolean

  /** Sends bytes to the main thread of a peer, at most once and in order; false if it is not connected. */
  relay(to: PeerId, payload: Uint8Array): boolean

  /**
   * Sends a frame about a snapshot, in order; false if it is dropped, because nothing connects or too much waits. The
   * first one for a peer only begins to connect.
   */
  sendSnapshot(to: PeerId, frame: SnapshotFrame): boolean

  /** Whether relayed messages are taken in; while they are not, they wait at their senders. */
  takeRelays(taken: boolean): void

  /** Ascending by id, without this peer. */
  connections(): readonly Connection[]

  /** Closes the listener and all connections in this loop turn; nothing is told any more. */
  close(): void
}

/** What the member is told. */
export interface TransportEvents {
  received(from: PeerId, messages: readonly Message[]): void
  relayed(from: PeerId, payload: Uint8Array): void
  snapshotFrame(from: PeerId, frame: SnapshotFrame): void
  /** The connections for the consensus to and from a peer have changed. */
  linkChanged(peer: PeerId, link: LinkState): void
  /** A peer cannot be reached, or refuses, for another reason than the time before. */
  dialFailed(peer: PeerId, reason: string): void
  /** Relays to and from a peer are possible now, or not any more: what was on its way may be lost. */
  relayChanged(peer: PeerId, connected: boolean): void
}

/** How two peers are connected for the consensus. */
export interface LinkState {
  /** The connection that this peer dialled is up. */
  readonly outgoing: boolean
  /** The connection that the other peer dialled is up. */
  readonly incoming: boolean
  /** The last attempt to dial found a living host on which nobody listens at that address. */
  readonly refused: boolean
}

export interface Connection extends LinkState {
  readonly id: PeerId
  /** Why the last attempt to connect failed, or the last connection ended; '' while connected. */
  readonly lastError: string
}
