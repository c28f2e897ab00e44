import type { SimPeer } from '../peer/sim-peer.ts'

/**
 * Where damage may strike: never so many copies of one thing that the cluster could not recover even in theory. So a
 * cluster that does not recover has a defect.
 */
export class Atlas {
  readonly #voterSets: () => readonly (readonly string[])[]
  readonly #damaged = new Set<SimPeer>()
  /** Those of them whose loss the others can make good: they must get well by themselves. */
  readonly #curable = new Set<SimPeer>()

  /** Takes every set of voters that counts, or may count soon. */
  constructor(voterSets: () => readonly (readonly string[])[]) {
    this.#voterSets = voterSets
  }

  /** Enough others keep everything whole. */
  mayDamage(peer: SimPeer): boolean {
    if (this.#damaged.has(peer)) return false
    const sets = this.#voterSets()
    if (!sets.some((set) => set.includes(peer.id))) return false
    return sets.every((set) => this.#mostAreWhole(set, peer.id))
  }

  /** Enough of these would keep everything whole. */
  mayVote(voters: readonly string[]): boolean {
    return this.#mostAreWhole(voters)
  }

  #mostAreWhole(set: readonly string[], but?: string): boolean {
    const damaged = new Set([...this.#damaged].map(({ id }) => id))
    return set.filter((id) => id !== but && !damaged.has(id)).length * 2 > set.length
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
