import { invariant } from './invariant.ts'

/** sha256 of some bytes: 32 bytes. Comes in as a value, so that this folder needs no library of the platform. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/**
 * A sum of sha256 digests modulo 2^128: the order of its terms does not matter, and a term can be taken out again.
 * It compares replicas and finds damage; it does not resist somebody who chooses rows to collide.
 */
export class HashSum {
  /** Most significant word first. */
  readonly #words = new Uint32Array(4)

  /** Goes on from a sum that was kept: 16 bytes. */
  set(bytes: Uint8Array): void {
    invariant(bytes.length === 16, `a hash sum has 16 bytes, not ${bytes.length}`)
    for (let word = 0; word < 4; word += 1) this.#words[word] = wordAt(bytes, word * 4)
  }

  /** Adds the last 128 bits of a digest, read as one number, most significant byte first. */
  add(digest: Uint8Array): void {
    let carry = 0
    for (let word = 3; word >= 0; word -= 1) {
      const sum = this.#words[word]! + wordAt(digest, 16 + word * 4) + carry
      this.#words[word] = sum
      carry = sum > 0xffffffff ? 1 : 0
    }
  }

  /** Takes a digest out that was added. */
  subtract(digest: Uint8Array): void {
    let borrow = 0
    for (let word = 3; word >= 0; word -= 1) {
      const difference = this.#words[word]! - wordAt(digest, 16 + word * 4) - borrow
      this.#words[word] = difference
      borrow = difference < 0 ? 1 : 0
    }
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(16)
    for (let at = 0; at < 16; at += 1) bytes[at] = this.#words[at >>> 2]! >>> (24 - 8 * (at & 3))
    return bytes
  }

  /** 32 hexadecimal digits. */
  toString(): string {
    return [...this.#words].map((word) => word.toString(16).padStart(8, '0')).join('')
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
