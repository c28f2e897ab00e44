import type { Dice } from '../world/dice.ts'
import { copied } from './copied.ts'

/** Overwritten parts that the system still holds back; older ones have reached the disk by themselves. */
const partsHeldMax = 8

interface Part {
  readonly position: number
  readonly bytes: Uint8Array
}

/** A file as the disk holds it: what is read, and what survives a loss of power for certain. */
export class StoredFile {
  content: Uint8Array
  #synced: Uint8Array
  #parts: Part[] = []

  constructor(content: Uint8Array) {
    this.content = copied(content)
    this.#synced = copied(content)
  }

  /** A file that grows has its new size at once; what stands there is lost with the power unless it was synced. */
  write(position: number, bytes: Uint8Array): void {
    const sizeBytes = position + bytes.length
    this.content = grown(this.content, sizeBytes)
    this.#synced = grown(this.#synced, sizeBytes)
    this.content.set(bytes, position)
    this.#parts.push({ position, bytes: copied(bytes) })
    if (this.#parts.length <= partsHeldMax) return
    const oldest = this.#parts.shift()!
    this.#synced.set(oldest.bytes, oldest.position)
  }

  sync(): void {
    for (const { position, bytes } of this.#parts) this.#synced.set(bytes, position)
    this.#parts = []
  }

  /** From its beginning so much survives the loss of power for certain. */
  get durableBytes(): number {
    return Math.min(this.content.length, ...this.#parts.map(({ position }) => position))
  }

  get hasUnsynced(): boolean {
    return this.#parts.length > 0
  }

  /** Of what is not synced each part survives or not; the last one may be torn, if the disk was just writing it. */
  losePower(dice: Dice, isTorn: boolean): void {
    for (const [at, { position, bytes }] of this.#parts.entries()) {
      if (dice.below(3) === 0) continue
      const isLast = at === this.#parts.length - 1
      this.#synced.set(isTorn && isLast ? bytes.subarray(0, dice.below(bytes.length)) : bytes, position)
    }
    this.#parts = []
    this.content = copied(this.#synced)
  }

  /** A bit of it flips, for good. */
  rot(dice: Dice): void {
    const at = dice.below(this.content.length)
    const flipped = this.content[at]! ^ (1 << dice.below(8))
    this.content[at] = flipped
    this.#synced[at] = flipped
  }
}

function grown(content: Uint8Array, sizeBytes: number): Uint8Array {
  if (content.length >= sizeBytes) return content
  const larger = new Uint8Array(sizeBytes)
  larger.set(content)
  return larger
}
