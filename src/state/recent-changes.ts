import type { Change } from './change.ts'
import { changesInMemoryBytesMax, changesInMemoryMax } from './limits.ts'
import { Fifo } from './pure/fifo.ts'

/** The last changes, in memory: what watchers that are up to date read. The oldest go first. */
export class RecentChanges {
  readonly #changes = new Fifo<Change>()
  readonly #limits: { readonly countMax: number; readonly bytesMax: number }
  #sizeBytes = 0

  constructor(limits = { countMax: changesInMemoryMax, bytesMax: changesInMemoryBytesMax }) {
    this.#limits = limits
  }

  /** The oldest revision that is here; Infinity if there is none. */
  get oldest(): number {
    return this.#changes.peek()?.revision ?? Infinity
  }

  /** The next revision's change. The last one is kept even if it alone is too large. */
  add(change: Change): void {
    this.#changes.push(change)
    this.#sizeBytes += sizeOf(change)
    while (this.#changes.length > 1 && this.#isTooLarge()) this.#sizeBytes -= sizeOf(this.#changes.shift()!)
  }

  /** Up to `limit` changes behind `revision`; undefined if the next one is not here any more, or never was. */
  after(revision: number, limit: number): Change[] | undefined {
    const first = revision + 1 - this.oldest
    if (!(first >= 0)) return undefined
    const changes: Change[] = []
    for (let at = first; at < this.#changes.length && changes.length < limit; at += 1) {
      changes.push(this.#changes.at(at)!)
    }
    return changes
  }

  #isTooLarge(): boolean {
    return this.#changes.length > this.#limits.countMax || this.#sizeBytes > this.#limits.bytesMax
  }
}

function sizeOf({ rows }: Change): number {
  let size = 256
  for (const { key, before, after } of rows) size += key.length + (before?.length ?? 0) + (after?.length ?? 0)
  return size
}
