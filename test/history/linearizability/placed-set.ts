/** Bits that go into one character of a name. */
const bitsPerCharacter = 15

/**
 * Which calls of a partition have been put into the order: a bitset of the required ones, of which those before the
 * first that is missing are all in it, and a count for each sort of optional ones, which are taken first come first.
 * Its name is exact and short as long as few calls overlap, however long the history is.
 */
export class PlacedSet {
  readonly #placed: Uint8Array
  readonly #counts: number[]
  /** The first that is not in it. */
  #front = 0
  /** Behind the last one that is in it. */
  #end = 0
  #size = 0

  constructor(requiredCount: number, sortCount: number) {
    this.#placed = new Uint8Array(requiredCount)
    this.#counts = Array.from({ length: sortCount }, () => 0)
  }

  /** Required calls in it. */
  get size(): number {
    return this.#size
  }

  add(index: number): void {
    this.#placed[index] = 1
    this.#size += 1
    this.#end = Math.max(this.#end, index + 1)
    while (this.#front < this.#end && this.#placed[this.#front] === 1) this.#front += 1
  }

  remove(index: number): void {
    this.#placed[index] = 0
    this.#size -= 1
    this.#front = Math.min(this.#front, index)
    while (this.#end > this.#front && this.#placed[this.#end - 1] === 0) this.#end -= 1
  }

  /** How many of a sort of optional calls are in it. */
  count(sort: number): number {
    return this.#counts[sort]!
  }

  addOptional(sort: number): void {
    this.#counts[sort]! += 1
  }

  removeOptional(sort: number): void {
    this.#counts[sort]! -= 1
  }

  /** The same for two sets exactly if they hold the same calls. */
  get name(): string {
    let name = `${this.#front}`
    for (let from = this.#front; from < this.#end; from += bitsPerCharacter) {
      let bits = 0
      for (let at = from; at < Math.min(this.#end, from + bitsPerCharacter); at++) {
        if (this.#placed[at] === 1) bits |= 1 << (at - from)
      }
      // Above all that the rest of a name is made of.
      name += String.fromCharCode(0x80 + bits)
    }
    for (const [sort, count] of this.#counts.entries()) if (count > 0) name += `,${sort}:${count}`
    return name
  }
}
