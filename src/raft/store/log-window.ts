import type { Entry } from '../core/types.ts'
import { chainBytes, type Chain } from './chain.ts'
import type { Frame } from './frame.ts'

/** How much of the end of the log stays in memory. */
export interface WindowLimits {
  readonly entriesMax: number
  readonly bytesMax: number
}

/** Enough for a follower that missed a few seconds, and for main threads that are a little behind. */
export const windowLimits: WindowLimits = { entriesMax: 20_000, bytesMax: 32 * 1024 * 1024 }

/** The last entries of the log, contiguous, so that what followers and main are sent rarely comes from the disk. */
export class LogWindow {
  readonly #limits: WindowLimits
  /** Entries from `#first` on; the ones before `#offset` have been evicted and await compaction of the array. */
  #entries: (Entry | undefined)[] = []
  /** Chain of the entry at each index, modulo what fits: as objects they would outweigh the entries for the collector. */
  readonly #chains: Uint8Array
  #offset = 0
  #first = 0
  #bytes = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
    this.#chains = new Uint8Array(limits.entriesMax * chainBytes)
  }

  entry(index: number): Entry | undefined {
    return this.#entries[index - this.#first + this.#offset]
  }

  /** The chain up to an entry; a copy, for its place is taken by another one once this one is evicted. */
  chain(index: number): Chain | undefined {
    if (this.entry(index) === undefined) return undefined
    const at = this.#placeOf(index)
    return this.#chains.slice(at, at + chainBytes)
  }

  /** Appends the entry after the last one, or begins anew when empty. Always keeps the newest entry. */
  append(frame: Frame): void {
    const count = this.#count()
    if (count === 0) {
      this.#entries = []
      this.#offset = 0
      this.#first = frame.entry.index
    } else if (frame.entry.index !== this.#first + count) {
      throw new Error(`entry ${frame.entry.index} does not follow entry ${this.#first + count - 1} in the window`)
    }
    this.#entries.push(frame.entry)
    this.#chains.set(frame.chain, this.#placeOf(frame.entry.index))
    this.#bytes += frame.entry.data.length
    while (this.#count() > 1 && (this.#count() > this.#limits.entriesMax || this.#bytes > this.#limits.bytesMax)) {
      this.#evictFirst()
    }
  }

  /** Forgets `index` and everything after it. */
  truncateFrom(index: number): void {
    while (this.#count() > 0 && this.#first + this.#count() > index) {
      this.#bytes -= this.#entries.pop()!.data.length
    }
  }

  #placeOf(index: number): number {
    return (index % this.#limits.entriesMax) * chainBytes
  }

  /** Forgets everything up to `index`. */
  truncateTo(index: number): void {
    while (this.#count() > 0 && this.#first <= index) this.#evictFirst()
  }

  #count(): number {
    return this.#entries.length - this.#offset
  }

  #evictFirst(): void {
    this.#bytes -= this.#entries[this.#offset]!.data.length
    this.#entries[this.#offset] = undefined
    this.#offset++
    this.#first++
    // Moving the rest each time would cost the whole window an entry; now it costs each entry one move.
    if (this.#offset > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#offset)
      this.#offset = 0
    }
  }
}
