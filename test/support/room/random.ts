import { createHash } from 'node:crypto'

/** Numbers that look random and come again with the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** In [min, max), not rounded. */
  between(range: { readonly min: number; readonly max: number }): number
  /** A copy in another order. */
  shuffled<T>(items: readonly T[]): T[]
}

/** A generator of its own for each purpose (`seed` and name), so that one server's draws don't move another's. */
export function seededRandom(seed: string): Random {
  // Mulberry32: 32 bits of state are plenty for delays and orders, and the sequence is the same on every platform.
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    between: ({ min, max }) => min + next() * (max - min),
    shuffled: (items) => {
      const copy = [...items]
      for (let last = copy.length - 1; last > 0; last--) {
        const other = Math.floor(next() * (last + 1))
        const kept = copy[last]!
        copy[last] = copy[other]!
        copy[other] = kept
      }
      return copy
    },
  }
}
