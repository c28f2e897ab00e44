import type { PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import type { LinkState, Transport, TransportEvents } from '../transport/transport.ts'
import type { Outlet } from './outlet.ts'
import { peerConnections } from './peer-connections.ts'
import type { ConfChangeAnswer, MemberStatus, Proposal, TransferAnswer } from './port.ts'
import { RelayIntake } from './relay-intake.ts'
import type { Runtime } from './runtime.ts'

export interface DamagedParts {
  readonly self: PeerId
  readonly peers: readonly PeerAddress[]
  readonly reason: string
  readonly outlet: Outlet
}

/**
 * A member whose log or vote cannot be believed: it has no core, so it neither votes nor replicates, whatever it is
 * sent. A vote that it gave again, or entries that it acknowledged and lost, would cost the others theirs. It keeps its
 * connections, so that main can say what is wrong through any peer.
 */
export class DamagedRuntime implements Runtime, TransportEvents {
  readonly #parts: DamagedParts
  readonly #intake: RelayIntake
  #transport: Transport | undefined
  #received = 0

  constructor(parts: DamagedParts) {
    this.#parts = parts
    this.#intake = new RelayIntake((taken) => this.#transport?.takeRelays(taken))
  }

  start(transport: Transport): void {
    this.#transport = transport
    this.#parts.outlet.damaged(this.#parts.reason)
  }

  propose(proposal: Proposal): void {
    this.#parts.outlet.refused({ term: proposal.term, number: proposal.number, reason: 'term' })
  }

  readIndex(read: { readonly id: number; readonly timeoutMs: number }): void {
    this.#parts.outlet.readAnswered(read.id, { ok: false, reason: 'damaged' })
  }

  applied(): void {
    // Nothing is handed over, so nothing can be applied.
  }

  logPoint(): undefined {
    return undefined
  }

  transferLeader(): TransferAnswer {
    return { ok: false, reason: 'damaged' }
  }

  proposeConfChange(): ConfChangeAnswer {
    return { ok: false, reason: 'damaged' }
  }

  snapshotMade(): void {
    // Nobody was sent one.
  }

  snapshotFrame(): void {
    // What it has is kept for whoever wants to know what happened to it.
  }

  stateSynced(): void {
    // The log of a damaged peer is left as it is.
  }

  relay(to: PeerId, payload: Uint8Array): void {
    this.#transport?.relay(to, payload)
  }

  relaysTaken(bytes: number): void {
    this.#intake.taken(bytes)
  }

  probeAnswered(): void {
    // It leads nothing, and asks nothing.
  }

  received(_from: PeerId, messages: readonly unknown[]): void {
    this.#received += messages.length
  }

  relayed(from: PeerId, payload: Uint8Array): void {
    this.#intake.given(payload.length)
    this.#parts.outlet.relayed({ from, payload })
  }

  linkChanged(peer: PeerId, link: LinkState): void {
    const fields = { peer, outgoing: link.outgoing, incoming: link.incoming }
    this.#parts.outlet.log({ level: 'info', message: 'a connection to a peer has changed', fields })
  }

  dialFailed(peer: PeerId, reason: string): void {
    this.#parts.outlet.log({ level: 'warn', message: 'a peer cannot be reached', fields: { peer, reason } })
  }

  relayChanged(peer: PeerId, connected: boolean): void {
    this.#parts.outlet.connection({ peer, connected })
  }

  status(): MemberStatus {
    const { self, peers, reason } = this.#parts
    return {
      id: self,
      term: 0,
      vote: '',
      commit: 0,
      commitTerm: 0,
      applied: 0,
      lastIndex: 0,
      leader: '',
      role: 'follower',
      confState: {
        voters: peers.map((peer) => peer.id).sort(),
        votersOutgoing: [],
        learners: [],
        learnersNext: [],
        autoLeave: false,
      },
      transferee: '',
      pendingConfIndex: 0,
      progress: [],
      peers: peerConnections(
        peers.filter((peer) => peer.id !== self),
        this.#transport,
      ),
      damaged: reason,
      firstIndex: 0,
      logBytes: 0,
      syncs: 0,
      messagesSent: 0,
      messagesReceived: this.#received,
      messagesDropped: 0,
      proposalsAppended: 0,
      proposalsRefused: 0,
      readsAsked: 0,
      leadershipChanges: 0,
      electionsWon: 0,
      mainStalls: 0,
      lateTicks: 0,
    }
  }

  async stop(): Promise<void> {
    this.kill()
  }

  kill(): void {
    this.#transport?.close()
  }
}
