/** Bits that go into one character of a name. */
const bitsPerCharacter = 15

/**
 * Which required calls of a partition are in the order: a bitset, of which all before the first that is missing are in
 * it. Its name is exact, and short as long as few calls overlap, however long the history is.
 */
export class PlacedCalls {
  readonly #placed: Uint8Array
  /** The first that is not in it. */
  #front = 0
  /** Behind the last one that is in it. */
  #end = 0
  #size = 0

  constructor(count: number) {
    this.#placed = new Uint8Array(count)
  }

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

  /** The same for two sets exactly if they hold the same calls. */
  get name(): string {
    let name = `${this.#front}`
    for (let from = this.#front; from < this.#end; from += bitsPerCharacter) {
      let bits = 0
      for (let at = from; at < Math.min(this.#end, from + bitsPerCharacter); at++) {
        if (this.#placed[at] === 1) bits |= 1 << (at - from)
      }
      // Above every digit, so that it ends the number.
      name += String.fromCharCode(0x80 + bits)
    }
    return name
  }
}
