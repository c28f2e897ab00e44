/**
 * Puts fields into one buffer for a hash, each with its length before it, so that different fields never give the
 * same bytes. The form is part of the state hash, which golden logs fix for ever.
 */
export class HashInput {
  #bytes = new Uint8Array(4_096)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** Begins anew; what `bytes` gave before is overwritten. */
  reset(): this {
    this.#length = 0
    return this
  }

  text(value: string): this {
    this.#reserve(4 + value.length * 3)
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#length + 4))
    this.#view.setUint32(this.#length, written)
    this.#length += 4 + written
    return this
  }

  /** A whole number below 2^53. */
  number(value: number): this {
    this.#reserve(8)
    this.#view.setBigUint64(this.#length, BigInt(value))
    this.#length += 8
    return this
  }

  bytes(value: Uint8Array): this {
    this.#reserve(4 + value.length)
    this.#view.setUint32(this.#length, value.length)
    this.#bytes.set(value, this.#length + 4)
    this.#length += 4 + value.length
    return this
  }

  /** A view, good until the next call. */
  result(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

const encoder = new TextEncoder()
