import type { SimPeer } from '../peer/sim-peer.ts'
import { expectHolds } from './violation.ts'

/** Whoever holds a lease may command a node: so nobody else may lead at that time, in any term. */
export class LeaseOracle {
  readonly #peers: readonly SimPeer[]

  constructor(peers: readonly SimPeer[]) {
    this.#peers = peers
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
