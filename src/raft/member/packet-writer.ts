const textEncoder = new TextEncoder()

/** Bytes that a new packet has room for. */
const initialBytes = 512

/**
 * Writes values one behind the other into one buffer, which then crosses to the other thread without being copied: a
 * message of its own for each value costs the receiving thread ten times as much.
 */
export class PacketWriter {
  #buffer = new ArrayBuffer(initialBytes)
  #view = new DataView(this.#buffer)
  #size = 0

  get sizeBytes(): number {
    return this.#size
  }

  byte(value: number): void {
    const start = this.#reserve(1)
    this.#view.setUint8(start, value)
  }

  /** A whole number below 2^53. */
  number(value: number): void {
    const start = this.#reserve(8)
    this.#view.setFloat64(start, value)
  }

  bytes(value: Uint8Array): void {
    this.number(value.length)
    const start = this.#reserve(value.length)
    new Uint8Array(this.#buffer, start, value.length).set(value)
  }

  text(value: string): void {
    this.bytes(textEncoder.encode(value))
  }

  /** Gives what was written, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const packet = new Uint8Array(this.#buffer, 0, this.#size)
    this.#buffer = new ArrayBuffer(initialBytes)
    this.#view = new DataView(this.#buffer)
    this.#size = 0
    return packet
  }

  /** Makes room and tells where it begins. Only then is the buffer known, for a small one is replaced. */
  #reserve(count: number): number {
    const start = this.#size
    this.#size += count
    if (this.#size > this.#buffer.byteLength) {
      const larger = new ArrayBuffer(Math.max(this.#size, this.#buffer.byteLength * 2))
      new Uint8Array(larger).set(new Uint8Array(this.#buffer, 0, start))
      this.#buffer = larger
      this.#view = new DataView(larger)
    }
    return start
  }
}
