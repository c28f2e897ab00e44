import type { SimPeer } from '../peer/sim-peer.ts'
import { isQuorum } from './membership-model.ts'
import { expectHolds } from './violation.ts'

/** A follower turns candidates away for at least so long after it heard its leader: an election time-out, drift off. */
const protectedUs = 1_000_000 * 0.94

/** Whoever holds a lease may command a node: so nobody else may lead at that time, in any term. */
export class LeaseOracle {
  readonly #peers: readonly SimPeer[]
  /** When a peer last heard the leader of a term. */
  readonly #heard = new Map<string, { readonly term: number; readonly atUs: number }>()

  /** Candidates and terms in which a leader has told them to be ones. */
  readonly #told = new Set<string>()

  constructor(peers: readonly SimPeer[]) {
    this.#peers = peers
  }

  /** A peer takes in what a leader says. */
  hears(peer: SimPeer, term: number): void {
    // What is late from an earlier term moves nobody.
    if ((this.#heard.get(peer.name)?.term ?? 0) > term) return
    this.#heard.set(peer.name, { term, atUs: peer.world.timeline.nowUs })
  }

  /** A leader tells a peer to campaign in the next term: that one is turned away by nobody. */
  tells(target: string, term: number): void {
    this.#told.add(`${target} ${term + 1}`)
  }

  /** A peer votes, or would: one that has just started may have heard a leader before, and has forgotten it. */
  votes(voter: SimPeer, candidate: string, term: number): void {
    if (this.#told.has(`${candidate} ${term}`)) return
    const sinceUs = voter.world.timeline.nowUs - voter.startedUs
    expectHolds(
      sinceUs >= protectedUs,
      'one lease',
      () => `${voter.name} votes ${(sinceUs / 1000).toFixed(0)} ms after its start`,
    )
  }

  /** Called after every tick. */
  look(): void {
    const holders = this.#peers.filter((peer) => this.#termHeld(peer) > 0)
    expectHolds(
      holders.length <= 1,
      'one lease',
      () => `${holders.map(({ name, term }) => `${name} (term ${term})`).join(' and ')} hold a lease`,
    )
  }

  /**
   * Called after every tick: whoever holds a lease is protected by a majority that would elect nobody else. This is why a
   * lease may be believed; without it two could act before anybody sees two leaders.
   */
  lookAtProtection(): void {
    const holder = this.#peers.find((peer) => this.#termHeld(peer) > 0)
    if (holder === undefined) return
    const term = this.#termHeld(holder)
    const protecting = this.#peers.filter((peer) => peer === holder || this.#protects(peer, term))
    const ids = new Set(protecting.map(({ id }) => id))
    expectHolds(
      isQuorum(holder.membership!, (id) => ids.has(id)),
      'one lease',
      () =>
        `${holder.name} holds the lease of term ${term}, and ${protecting.length - 1} others would elect nobody else`,
    )
  }

  /** It heard the leader lately, votes for nobody because it has just started, or does nothing at all. */
  #protects(peer: SimPeer, term: number): boolean {
    const { process, name, startedUs, world } = peer
    if (process?.member === undefined || process.worker.isBusy) return true
    const heard = this.#heard.get(name)
    const { nowUs } = world.timeline
    if (nowUs - startedUs < protectedUs) return true
    return heard !== undefined && heard.term === term && heard.atUs >= startedUs && nowUs - heard.atUs < protectedUs
  }

  /** A peer becomes leader: no other one may hold the lease of an earlier term. */
  leads(leader: SimPeer, term: number): void {
    const holder = this.#peers.find(
      (peer) => peer !== leader && this.#termHeld(peer) > 0 && this.#termHeld(peer) < term,
    )
    expectHolds(
      holder === undefined,
      'one lease',
      () => `${leader.name} leads term ${term}, and ${holder!.name} holds the lease of term ${this.#termHeld(holder!)}`,
    )
  }

  /** By its own clock, as a controller looks at it in the turn in which it acts; 0 if it holds none. */
  #termHeld({ process, clock }: SimPeer): number {
    const lease = process?.member?.lease()
    return lease !== undefined && clock.nowNs() < lease.endsAtNs ? lease.term : 0
  }
}
