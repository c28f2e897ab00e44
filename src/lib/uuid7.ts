/** Form of a UUID of any version, in small letters, as protobuf and JSON carry it. */
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Milliseconds that the 48 bits of a UUIDv7 can hold. */
const timeMsMax = 2 ** 48 - 1

/** Bytes of randomness that one UUIDv7 takes; 74 of their 80 bits end up in it. */
const randomSizeBytes = 10

/**
 * A UUIDv7 (RFC 9562 §5.7): ids of a later millisecond sort behind those of an earlier one, as text too.
 * The caller says the time, because a request id is drawn by log time (log.md rule 13), and brings 10 random bytes.
 */
export function uuid7(from: { readonly timeMs: number; readonly random: Uint8Array }): string {
  const { timeMs, random } = from
  if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs > timeMsMax) {
    throw new RangeError(`a UUIDv7 holds 0 to ${timeMsMax} ms, not ${timeMs}`)
  }
  if (random.length !== randomSizeBytes) throw new RangeError(`a UUIDv7 takes ${randomSizeBytes} random bytes`)
  const tail = Uint8Array.from(random)
  tail[0] = (tail[0]! & 0x0f) | 0x70
  tail[2] = (tail[2]! & 0x3f) | 0x80
  const hex = timeMs.toString(16).padStart(12, '0') + Buffer.from(tail).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The milliseconds that a UUIDv7 was drawn with, or undefined for anything that is not one. */
export function uuid7TimeMs(id: string): number | undefined {
  if (!isUuid(id) || id[14] !== '7' || !'89ab'.includes(id[19]!)) return undefined
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** True for a UUID of any version in its canonical form. */
export function isUuid(text: string): boolean {
  return uuidForm.test(text)
}
