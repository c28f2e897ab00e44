/** A queue with O(1) at both ends. (An array's `shift` moves all its elements.) */
export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** Puts items before all others, in their order. */
  unshift(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)]
    this.#head = 0
  }

  peek(): Item | undefined {
    return this.#items[this.#head]
  }

  /** The item at `position` from the front. */
  at(position: number): Item | undefined {
    return position < 0 ? undefined : this.#items[this.#head + position]
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head >= compactAt && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  pop(): Item | undefined {
    return this.length === 0 ? undefined : this.#items.pop()
  }

  /** Takes out everything, in order. */
  drain(): Item[] {
    const all = this.#items.slice(this.#head) as Item[]
    this.#items = []
    this.#head = 0
    return all
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (let at = this.#head; at < this.#items.length; at += 1) yield this.#items[at] as Item
  }
}

/** Spent places at the front are given back once there are this many, and they are half of all. */
const compactAt = 1_024
