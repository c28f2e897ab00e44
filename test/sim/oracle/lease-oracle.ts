import type { SimPeer } from '../peer/sim-peer.ts'
import { expectHolds } from './violation.ts'

/** Whoever holds a lease may command a node: so nobody else may lead at that time, in any term. */
export class LeaseOracle {
  readonly #peers: readonly SimPeer[]

  constructor(peers: readonly SimPeer[]) {
    this.#peers = peers
  }

  /** Called after every tick, and when somebody becomes leader. */
  look(leading?: SimPeer): void {
    const holders = this.#peers.filter((peer) => peer === leading || this.#holds(peer))
    expectHolds(
      holders.length <= 1,
      'one lease',
      () => `${holders.map(({ name, term }) => `${name} (term ${term})`).join(' and ')} hold a lease or lead`,
    )
  }

  /** By its own clock, as a controller looks at it in the turn in which it acts. */
  #holds({ process, clock }: SimPeer): boolean {
    const lease = process?.member?.lease()
    return lease !== undefined && lease.term > 0 && clock.nowNs() < lease.endsAtNs
  }
}
