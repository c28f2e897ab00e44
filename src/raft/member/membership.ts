import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { ConfState, Entry, PeerId, RawNode } from '../core/types.ts'
import { coreChangeOf, encodeConfChange, readConfChange, type MembershipChange } from '../store/conf-change-entry.ts'
import { configurationAfter, confStateOf, type PeerAddress } from '../store/configuration.ts'
import type { LogStore } from '../store/log-store.ts'
import type { LinkState, Transport } from '../transport/transport.ts'
import { connectsQuorum, isConnected } from './connects-quorum.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { departingTicks } from './limits.ts'
import { withoutVoteOf } from './muted-configuration.ts'
import type { Outlet } from './outlet.ts'
import { peersFit } from './peers-fit.ts'
import type { ConfChangeAnswer } from './port.ts'

/** What a `Membership` stands on. */
export interface MembershipPorts {
  readonly self: PeerId
  /** Peers through which this one is reached while no configuration names it. */
  readonly contacts: readonly PeerAddress[]
  readonly store: Pick<LogStore, 'appliedAtStart' | 'configurationAt'>
  readonly core: Pick<RawNode, 'applyConfChange' | 'configure' | 'proposeConfChange' | 'status'>
  readonly lease: Pick<LeaseKeeper, 'connected' | 'quorumChanged'>
  readonly outlet: Pick<Outlet, 'configuration' | 'log'>
  transport(): Transport | undefined
  /** This peer has lost entries: its core must not know that it votes. */
  isRepairing(): boolean
}

/**
 * Who takes part, as far as this peer has applied. A change counts from the moment in which its entry is handed over to
 * be applied: the core counts by it, the lease begins anew, connections are made and ended.
 */
export class Membership {
  readonly #ports: MembershipPorts
  readonly #links = new Map<PeerId, LinkState>()
  /** Peers that take no part any more, and the ticks for which they are still spoken with. */
  readonly #departing = new Map<PeerId, { readonly peer: PeerAddress; ticksLeft: number }>()
  #configuration: Configuration
  #areConnectionsDue = false

  constructor(ports: MembershipPorts) {
    this.#ports = ports
    this.#configuration = ports.store.configurationAt(ports.store.appliedAtStart)
    this.#lookAtLinks()
  }

  /** The transport is there. */
  start(): void {
    this.#areConnectionsDue = true
    this.#tell()
  }

  /** Nobody else votes. */
  get votesAlone(): boolean {
    const { voters, votersOutgoing } = this.#configuration
    return voters.includes(this.#ports.self) && [...voters, ...votersOutgoing].every((id) => id === this.#ports.self)
  }

  /** Somebody could lead in place of this peer. */
  get hasRival(): boolean {
    const { voters, votersOutgoing } = this.#configuration
    return [...voters, ...votersOutgoing].some((id) => id !== this.#ports.self)
  }

  /**
   * With whom this peer speaks, itself left out. While no configuration that it knows names it, it has to be reached by
   * those that it was told of, and the same where it has lost what it knew.
   */
  get others(): readonly PeerAddress[] {
    const { contacts, self } = this.#ports
    const { peers } = this.#configuration
    const isNamed = peers.some(({ id }) => id === self) && !this.#ports.isRepairing()
    const departing = [...this.#departing.values()].map(({ peer }) => peer)
    // Of one peer the address in the configuration counts.
    const known = new Map([...(isNamed ? [] : contacts), ...departing, ...peers].map((peer) => [peer.id, peer]))
    known.delete(self)
    return [...known.values()].map(({ id, name, address }) => ({ id, name, address }))
  }

  isConnected(peer: PeerId): boolean {
    return isConnected(this.#links.get(peer))
  }

  linkChanged(peer: PeerId, link: LinkState): void {
    if (link.outgoing || link.incoming) this.#links.set(peer, link)
    else this.#links.delete(peer)
    this.#lookAtLinks()
  }

  propose(change: MembershipChange): ConfChangeAnswer {
    const { core } = this.#ports
    if (core.status().role !== 'leader') return { ok: false, reason: 'not_leader' }
    if (!peersFit(this.#configuration.peers, change.steps)) return { ok: false, reason: 'invalid_peer' }
    const refusal = core.proposeConfChange(coreChangeOf(change), encodeConfChange(change))
    if (refusal !== undefined) return { ok: false, reason: refusal }
    const { pendingConfIndex: index, term } = core.status()
    return { ok: true, index, term }
  }

  /** A configuration entry is about to be handed over. Throws `UnknownConfChangeError`, which must end the process. */
  take(entry: Entry): void {
    // Entry 1 of an initial peer was in force from its first start on.
    if (entry.index <= Number(this.#configuration.index)) return
    const before = this.#configuration
    const after = configurationAfter(before, entry)
    this.#configuration = after
    if (this.#ports.isRepairing()) this.#configureMuted()
    else this.#expectSame(this.#ports.core.applyConfChange(readConfChange(entry).change), confStateOf(after))
    for (const peer of before.peers) {
      if (after.peers.every(({ id }) => id !== peer.id)) {
        this.#departing.set(peer.id, { peer, ticksLeft: departingTicks })
      }
    }
    for (const { id } of after.peers) this.#departing.delete(id)
    // In this very turn: who answered before answered for another quorum.
    this.#ports.lease.quorumChanged()
    this.#lookAtLinks()
    this.#areConnectionsDue = true
    this.#tell()
  }

  /** This peer may vote again, if it is a voter. */
  rejoined(): void {
    this.#ports.core.configure(confStateOf(this.#configuration))
    this.#areConnectionsDue = true
  }

  tick(): void {
    for (const [id, departing] of this.#departing) {
      if (--departing.ticksLeft > 0) continue
      this.#departing.delete(id)
      this.#areConnectionsDue = true
    }
  }

  /** Makes the connections that are wanted now; called when nothing else is under way. */
  connect(): void {
    if (!this.#areConnectionsDue) return
    this.#areConnectionsDue = false
    const { index, peers } = this.#configuration
    const isNamed = peers.some(({ id }) => id === this.#ports.self)
    this.#ports.transport()?.setPeers(this.others, { index: Number(index), isNamed })
  }

  #configureMuted(): void {
    this.#ports.core.configure(withoutVoteOf(this.#ports.self, confStateOf(this.#configuration)))
  }

  #expectSame(core: ConfState, own: ConfState): void {
    if (JSON.stringify(core) === JSON.stringify(own)) return
    throw new Error(`the core counts by ${JSON.stringify(core)}, and the log says ${JSON.stringify(own)}`)
  }

  #lookAtLinks(): void {
    const { lease, self } = this.#ports
    lease.connected(connectsQuorum(self, confStateOf(this.#configuration), this.#links))
  }

  #tell(): void {
    const { outlet, self } = this.#ports
    const { index, peers } = this.#configuration
    const isNamed = peers.some(({ id }) => id === self)
    outlet.configuration({
      index: Number(index),
      peers: peers.map(({ id, name, address }) => ({ id, name, address })),
      ...confStateOf(this.#configuration),
    })
    if (isNamed) {
      const named = (ids: readonly PeerId[]) => ids.map((id) => peers.find((peer) => peer.id === id)?.name ?? id).join()
      const { learners, voters, votersOutgoing } = this.#configuration
      const fields = { index: Number(index), voters: named(voters), outgoing: named(votersOutgoing) }
      const all = { ...fields, learners: named(learners) }
      return outlet.log({ level: 'info', message: 'these peers take part from now on', fields: all })
    }
    const message =
      index === 0n
        ? 'this peer waits for a leader: nobody has made it a part of the cluster, as far as it knows'
        : 'this peer takes no part: the configuration does not name it'
    outlet.log({ level: 'warn', message, fields: { index: Number(index) } })
  }
}
