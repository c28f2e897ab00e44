import { invariant } from './invariant.ts'

/** How many append messages, and how many bytes of entries in them, may be on their way to one peer. */
export interface InflightLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

/**
 * The window of append messages to one peer that it has not acknowledged: a ring of the last index and the bytes of
 * each. A message that begins below the byte limit is let through whole, so that a large entry is never stuck.
 */
export class Inflights {
  readonly #limits: InflightLimits
  /** Ring buffers that grow to `maxMessages` as needed: most peers never use the whole window. */
  #lastIndexes: number[] = []
  #messageBytes: number[] = []
  #start = 0
  #count = 0
  #bytes = 0

  constructor(limits: InflightLimits) {
    invariant(limits.maxMessages > 0, 'the window holds at least one message')
    invariant(limits.maxBytes > 0, 'the window holds at least one byte')
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  get full(): boolean {
    return this.#count >= this.#limits.maxMessages || this.#bytes >= this.#limits.maxBytes
  }

  /** A message was sent. Only when the window is not full; indexes ascend. */
  add(message: { readonly lastIndex: number; readonly bytes: number }): void {
    invariant(!this.full, 'nothing is sent into a full window')
    const last = this.#at(this.#count - 1)
    invariant(this.#count === 0 || this.#lastIndexes[last]! < message.lastIndex, 'messages in flight ascend')
    if (this.#count === this.#lastIndexes.length) this.#grow()
    const slot = this.#at(this.#count)
    this.#lastIndexes[slot] = message.lastIndex
    this.#messageBytes[slot] = message.bytes
    this.#count++
    this.#bytes += message.bytes
  }

  /** The peer has acknowledged everything up to and including `index`. */
  freeTo(index: number): void {
    while (this.#count > 0 && this.#lastIndexes[this.#start]! <= index) {
      this.#bytes -= this.#messageBytes[this.#start]!
      this.#start = this.#at(1)
      this.#count--
    }
    invariant(this.#bytes >= 0, 'bytes in flight do not fall below zero')
    invariant(this.#count > 0 || this.#bytes === 0, 'an empty window holds no bytes')
  }

  /** Nothing that was sent is expected to be acknowledged any more. */
  reset(): void {
    this.#start = 0
    this.#count = 0
    this.#bytes = 0
  }

  #at(offset: number): number {
    const size = this.#lastIndexes.length
    return size === 0 ? 0 : (this.#start + offset + size) % size
  }

  #grow(): void {
    const size = Math.min(Math.max(8, this.#count * 2), this.#limits.maxMessages)
    const lastIndexes = Array.from<number>({ length: size }).fill(0)
    const messageBytes = Array.from<number>({ length: size }).fill(0)
    for (let offset = 0; offset < this.#count; offset++) {
      lastIndexes[offset] = this.#lastIndexes[this.#at(offset)]!
      messageBytes[offset] = this.#messageBytes[this.#at(offset)]!
    }
    this.#lastIndexes = lastIndexes
    this.#messageBytes = messageBytes
    this.#start = 0
  }
}
