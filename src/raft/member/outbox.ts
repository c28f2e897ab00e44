import type { Message, PeerId } from '../core/types.ts'
import type { Transport } from '../transport/transport.ts'

/** What an `Outbox` stands on. */
export interface OutboxPorts {
  /** Undefined before it is there. */
  transport(): Transport | undefined
  /** Nothing may leave: see `LeaderSilence`. */
  isSilent(): boolean
  /** These are on their way. */
  left(peer: PeerId, messages: readonly Message[]): void
  /** What was for this peer did not leave. */
  unreachable(peer: PeerId): void
  readonly counters: { messagesSent: number; messagesDropped: number }
}

/** Messages of the consensus on their way to other peers: those of one turn to one peer share a call. */
export class Outbox {
  readonly #ports: OutboxPorts

  constructor(ports: OutboxPorts) {
    this.#ports = ports
  }

  send(messages: readonly Message[]): void {
    const { counters } = this.#ports
    const transport = this.#ports.isSilent() ? undefined : this.#ports.transport()
    for (const [peer, forPeer] of Map.groupBy(messages, ({ to }) => to)) {
      if (transport?.send(peer, forPeer) === true) {
        counters.messagesSent += forPeer.length
        this.#ports.left(peer, forPeer)
      } else {
        counters.messagesDropped += forPeer.length
        this.#ports.unreachable(peer)
      }
    }
  }
}
