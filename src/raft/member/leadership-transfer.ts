import { none, type Message, type PeerId, type RawNode } from '../core/types.ts'
import type { KnownLeadership } from './known-leadership.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Outlet } from './outlet.ts'
import type { TransferAnswer } from './port.ts'
import { stepDown } from './step-down.ts'

/** Context of the answer of a peer that was told to campaign and does not: rounds of reads have other ones. */
const declines = 'transfer!'

/** What a `LeadershipTransfer` stands on. */
export interface LeadershipTransferPorts {
  readonly core: Pick<RawNode, 'status' | 'tick' | 'transferLeader'>
  readonly lease: Pick<LeaseKeeper, 'handsOver'>
  readonly outlet: Pick<Outlet, 'log'>
  known(): KnownLeadership
  /** Whether messages get through to a peer and back. */
  isConnected(peer: PeerId): boolean
  /** Nobody else votes: whoever was told lost its vote meanwhile, and can lead by no majority without this peer. */
  votesAlone(): boolean
}

/**
 * Hands leadership over, and keeps the lease honest while doing so. The lease promises that nobody else leads, for all
 * others turn candidates away while they hear this leader; but a candidate that this leader has told to campaign is not
 * turned away. So the lease ends in the very turn in which a transfer begins, before anything leaves.
 *
 * It begins again only if nobody was told to campaign, or if everybody who was told has declined. What was told may
 * arrive whenever it likes: at a process that stood still for a minute, say. A leader that cannot know gives up its term
 * when the transfer has failed. In a later term, what was told in this one counts for nothing.
 */
export class LeadershipTransfer {
  readonly #ports: LeadershipTransferPorts
  /** How often each peer was told to campaign, in this term, and has not declined. */
  readonly #told = new Map<PeerId, number>()
  #isHandingOver = false

  constructor(ports: LeadershipTransferPorts) {
    this.#ports = ports
  }

  begin(to: PeerId): TransferAnswer {
    const { core, outlet } = this.#ports
    const { role, term } = this.#ports.known()
    if (role !== 'leader') return { ok: false, reason: 'not_leader' }
    if (this.#isHandingOver) return { ok: false, reason: 'under_way' }
    const { confState, id } = core.status()
    if (to !== id && !this.#ports.isConnected(to)) {
      const votes = confState.voters.includes(to) || confState.votersOutgoing.includes(to)
      return { ok: false, reason: votes ? 'not_connected' : 'not_a_voter' }
    }
    const refusal = core.transferLeader(to)
    if (refusal !== undefined) return { ok: false, reason: refusal }
    this.#endLease()
    outlet.log({ level: 'info', message: 'leadership is being handed over', fields: { peer: to, term } })
    return { ok: true, term }
  }

  /** These are about to leave. The core may hand over by itself. */
  leaving(messages: readonly Message[]): void {
    if (messages.some(({ type }) => type === 'timeout_now')) this.#endLease()
  }

  /** These are on their way to a peer, and may arrive at any time. */
  left(peer: PeerId, messages: readonly Message[]): void {
    const times = messages.filter(({ type }) => type === 'timeout_now').length
    if (times > 0) this.#told.set(peer, (this.#told.get(peer) ?? 0) + times)
  }

  /** Takes the answer of a peer that does not campaign, as it was told to. False if the message is none. */
  heard(message: Message): boolean {
    if (message.type !== 'read_index_response' || message.context !== declines) return false
    const times = this.#told.get(message.from) ?? 0
    const { core, outlet } = this.#ports
    const { role, term } = this.#ports.known()
    if (times === 0 || message.term !== term || role !== 'leader') return true
    if (times > 1) this.#told.set(message.from, times - 1)
    else this.#told.delete(message.from)
    const { id, transferee } = core.status()
    outlet.log({ level: 'warn', message: 'a peer does not take leadership now', fields: { peer: message.from, term } })
    // To hand over to itself ends the transfer, and nothing else.
    if (transferee === message.from) core.transferLeader(id)
    return true
  }

  tick(): void {
    if (!this.#isHandingOver || this.#ports.core.status().transferee !== none) return
    if (this.#ports.votesAlone()) this.#told.clear()
    if (this.#told.size === 0) return this.#resume()
    const { core, outlet } = this.#ports
    const { role, term } = core.status()
    if (role !== 'leader') return
    const message = 'this peer leads no more: whom it handed over to has not answered, and may yet campaign'
    outlet.log({ level: 'warn', message, fields: { term, peer: [...this.#told.keys()].join() } })
    stepDown(core)
  }

  /** Another leader, role or term: what was told in another term counts for nothing. */
  leadershipChanged(): void {
    this.#told.clear()
    this.#resume()
  }

  #endLease(): void {
    this.#isHandingOver = true
    this.#ports.lease.handsOver(true)
  }

  #resume(): void {
    this.#isHandingOver = false
    this.#ports.lease.handsOver(false)
  }
}

/** What a peer answers a leader that told it to campaign, if it does not. */
export function declined(timeoutNow: Message, own: Pick<Message, 'from' | 'term'>): Message {
  const { from, term } = own
  return { ...timeoutNow, type: 'read_index_response', from, to: timeoutNow.from, term, context: declines }
}
