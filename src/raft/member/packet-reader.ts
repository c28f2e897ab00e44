const textDecoder = new TextDecoder()

/** Reads what `PacketWriter` wrote, in the same order. Both ends are the same program, so a wrong packet is a defect. */
export class PacketReader {
  readonly #packet: Uint8Array
  readonly #view: DataView
  #position = 0

  constructor(packet: Uint8Array) {
    this.#packet = packet
    this.#view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  }

  get hasMore(): boolean {
    return this.#position < this.#packet.length
  }

  byte(): number {
    return this.#view.getUint8(this.#position++)
  }

  number(): number {
    const value = this.#view.getFloat64(this.#position)
    this.#position += 8
    return value
  }

  /** A view of the packet. */
  bytes(): Uint8Array {
    const size = this.number()
    const value = this.#packet.subarray(this.#position, this.#position + size)
    if (value.length !== size) throw new RangeError('the packet ends too early')
    this.#position += size
    return value
  }

  text(): string {
    return textDecoder.decode(this.bytes())
  }
}
