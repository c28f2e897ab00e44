import type { SimPeer } from '../peer/sim-peer.ts'

/**
 * Where damage may strike: never so many copies of one thing that the cluster could not recover even in theory. So a
 * cluster that does not recover has a defect.
 */
export class Atlas {
  readonly #size: number
  readonly #damaged = new Set<SimPeer>()

  constructor(size: number) {
    this.#size = size
  }

  /** Enough others keep everything whole. */
  mayDamage(peer: SimPeer): boolean {
    if (this.#damaged.has(peer)) return false
    return (this.#size - this.#damaged.size - 1) * 2 > this.#size
  }

  damages(peer: SimPeer): void {
    this.#damaged.add(peer)
  }

  /** What it keeps may be damaged, whether it knows or not. */
  isDamaged(peer: SimPeer): boolean {
    return this.#damaged.has(peer)
  }
}
