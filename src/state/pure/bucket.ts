import { SortedKeys } from './sorted-keys.ts'

/**
 * Keys of the rows in one bucket, and whether they all have one owner: if so, the bucket of an owned table is visible
 * or not as a whole, and counts in O(1) (log.md, rule 19).
 */
export class Bucket {
  readonly keys = new SortedKeys()
  /** While all rows have one owner, which is the common case, it stands here and nothing is counted. */
  #owner = ''
  #counts: Map<string, number> | undefined

  /** The owner that all rows have; undefined if they have several. */
  get owner(): string | undefined {
    return this.#counts === undefined ? this.#owner : undefined
  }

  add(key: string, owner: string): void {
    const before = this.keys.size
    if (!this.keys.add(key)) return
    if (before === 0) this.#owner = owner
    else if (this.#counts !== undefined) this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1)
    else if (owner !== this.#owner)
      this.#counts = new Map([
        [this.#owner, before],
        [owner, 1],
      ])
  }

  delete(key: string, owner: string): void {
    if (!this.keys.delete(key) || this.#counts === undefined) return
    const left = this.#counts.get(owner)! - 1
    if (left > 0) this.#counts.set(owner, left)
    else this.#counts.delete(owner)
    if (this.#counts.size > 1) return
    for (const last of this.#counts.keys()) this.#owner = last
    this.#counts = undefined
  }
}
