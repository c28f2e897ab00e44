/**
 * Chances that a seed repeats. Every concern has dice of its own, so that leaving one kind of fault out of a run leaves
 * the throws of all others as they were: a failing seed can be shortened.
 */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Dice of a name, which no throw of these moves. */
  static named(seed: number, name: string): Dice {
    let mixed = seed ^ 0x9e3779b9
    for (let at = 0; at < name.length; at++) mixed = Math.imul(mixed ^ name.charCodeAt(at), 0x01000193) ^ (mixed >>> 15)
    return new Dice(mixed)
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return item as Item
  }

  /** A time until something that happens this often on average: mostly soon, seldom late. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  /** Somewhere between both, as often in the lower octave as in the higher ones. */
  logUniform(low: number, high: number): number {
    return low * (high / low) ** this.next()
  }

  bytes(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes)
    for (let at = 0; at < sizeBytes; at++) bytes[at] = this.below(256)
    return bytes
  }
}
