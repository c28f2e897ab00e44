import { Fifo } from '../pure/fifo.ts'
import { changesDeletedPerBatchMax, changesKeptBytesMax, changesKeptMax } from '../limits.ts'

/**
 * Which changes LevelDB holds, and how large they are: one for each revision, without gaps. Tells which go when there
 * are too many; the oldest first.
 */
export class ChangeExtent {
  readonly #sizes = new Fifo<number>()
  readonly #limits: { readonly countMax: number; readonly bytesMax: number }
  /** Revisions before a gap, still to be deleted. */
  readonly #stale = new Fifo<number>()
  #oldest = 1
  #sizeBytes = 0

  constructor(limits = { countMax: changesKeptMax, bytesMax: changesKeptBytesMax }) {
    this.#limits = limits
  }

  /** The oldest revision whose change is kept; one above the newest if there is none. */
  get oldest(): number {
    return this.#oldest
  }

  /** How many changes from this one on hold so many bytes together, or are so many; one that is kept counts in any case. */
  countFrom(revision: number, limits: { readonly countMax: number; readonly bytesTarget: number }): number {
    let count = 0
    let bytes = 0
    while (count < limits.countMax && bytes < limits.bytesTarget) {
      const size = this.#sizes.at(revision - this.#oldest + count)
      if (size === undefined) break
      bytes += size
      count += 1
    }
    return count
  }

  /** The next change is kept. One that does not follow the last begins anew: what was before has a gap. */
  add(revision: number, sizeBytes: number): void {
    if (revision !== this.#oldest + this.#sizes.length) this.beginAt(revision)
    this.#sizes.push(sizeBytes)
    this.#sizeBytes += sizeBytes
  }

  /** What there is goes: the next change is that of this revision. */
  beginAt(revision: number): void {
    for (const at of this.#sizes.drain().keys()) this.#stale.push(this.#oldest + at)
    this.#sizeBytes = 0
    this.#oldest = revision
  }

  /** Takes revisions off the front, to be deleted with the next batch. */
  trim(): number[] {
    const trimmed: number[] = []
    while (this.#stale.length > 0 && trimmed.length < changesDeletedPerBatchMax) trimmed.push(this.#stale.shift()!)
    while (this.#isTooLarge() && trimmed.length < changesDeletedPerBatchMax) {
      trimmed.push(this.#oldest)
      this.#sizeBytes -= this.#sizes.shift()!
      this.#oldest += 1
    }
    return trimmed
  }

  #isTooLarge(): boolean {
    return this.#sizes.length > this.#limits.countMax || this.#sizeBytes > this.#limits.bytesMax
  }
}
