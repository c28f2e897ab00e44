/** Bytes of every entry of the log, so that what would go, and what would stay, is known without reading it. */
export class LogSizes {
  /** Of the entries from `#first` on; those before `#offset` are gone and await compaction of the array. */
  #sizes: number[] = []
  #offset = 0
  #first: number
  #totalBytes = 0

  /** Begins behind the truncation point. */
  constructor(point: { readonly index: number }) {
    this.#first = point.index + 1
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  /** The entry behind the last one. */
  append(sizeBytes: number): void {
    this.#sizes.push(sizeBytes)
    this.#totalBytes += sizeBytes
  }

  /** Forgets `index` and everything after it. */
  truncateFrom(index: number): void {
    while (this.#count() > 0 && this.#first + this.#count() > index) this.#totalBytes -= this.#sizes.pop()!
  }

  /** Forgets everything up to `index`. */
  truncateTo(index: number): void {
    while (this.#count() > 0 && this.#first <= index) {
      this.#totalBytes -= this.#sizes[this.#offset]!
      this.#offset++
      this.#first++
    }
    if (this.#offset > this.#sizes.length / 2) {
      this.#sizes = this.#sizes.slice(this.#offset)
      this.#offset = 0
    }
  }

  /** The entry before the longest end of the log of at most so many entries and bytes. */
  beforeTail(tail: { readonly entriesMax: number; readonly bytesMax: number }): number {
    let kept = 0
    let bytes = 0
    while (kept < Math.min(tail.entriesMax, this.#count())) {
      bytes += this.#sizes[this.#sizes.length - 1 - kept]!
      if (bytes > tail.bytesMax) break
      kept++
    }
    return this.#first + this.#count() - 1 - kept
  }

  #count(): number {
    return this.#sizes.length - this.#offset
  }
}
