import type { SimPeer } from '../peer/sim-peer.ts'

/**
 * Where damage may strike: never so many copies of one thing that the cluster could not recover even in theory. So a
 * cluster that does not recover has a defect.
 */
export class Atlas {
  readonly #size: number
  readonly #damaged = new Set<SimPeer>()
  /** Those of them whose loss the others can make good: they must get well by themselves. */
  readonly #curable = new Set<SimPeer>()

  constructor(size: number) {
    this.#size = size
  }

  /** Enough others keep everything whole. */
  mayDamage(peer: SimPeer): boolean {
    if (this.#damaged.has(peer)) return false
    return (this.#size - this.#damaged.size - 1) * 2 > this.#size
  }

  damages(peer: SimPeer, isCurable = false): void {
    this.#damaged.add(peer)
    if (isCurable) this.#curable.add(peer)
  }

  /** It may be dead for good: nobody else has what it lost. */
  mayStayAway(peer: SimPeer): boolean {
    return this.#damaged.has(peer) && !this.#curable.has(peer)
  }

  /** What it keeps may be damaged, whether it knows or not. */
  isDamaged(peer: SimPeer): boolean {
    return this.#damaged.has(peer)
  }
}
