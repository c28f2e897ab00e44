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
  #frames: (Frame | undefined)[] = []
  #offset = 0
  #first = 0
  #bytes = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  get(index: number): Frame | undefined {
    return this.#frames[index - this.#first + this.#offset]
  }

  /** Appends the entry after the last one, or begins anew when empty. Always keeps the newest entry. */
  append(frame: Frame): void {
    const count = this.#count()
    if (count === 0) {
      this.#frames = []
      this.#offset = 0
      this.#first = frame.entry.index
    } else if (frame.entry.index !== this.#first + count) {
      throw new Error(`entry ${frame.entry.index} does not follow entry ${this.#first + count - 1} in the window`)
    }
    this.#frames.push(frame)
    this.#bytes += frame.entry.data.length
    while (this.#count() > 1 && (this.#count() > this.#limits.entriesMax || this.#bytes > this.#limits.bytesMax)) {
      this.#evictFirst()
    }
  }

  /** Forgets `index` and everything after it. */
  truncateFrom(index: number): void {
    while (this.#count() > 0 && this.#first + this.#count() > index) {
      this.#bytes -= this.#frames.pop()!.entry.data.length
    }
  }

  /** Forgets everything up to `index`. */
  truncateTo(index: number): void {
    while (this.#count() > 0 && this.#first <= index) this.#evictFirst()
  }

  #count(): number {
    return this.#frames.length - this.#offset
  }

  #evictFirst(): void {
    this.#bytes -= this.#frames[this.#offset]!.entry.data.length
    this.#frames[this.#offset] = undefined
    this.#offset++
    this.#first++
    // Moving the rest each time would cost the whole window an entry; now it costs each entry one move.
    if (this.#offset > this.#frames.length / 2) {
      this.#frames = this.#frames.slice(this.#offset)
      this.#offset = 0
    }
  }
}
