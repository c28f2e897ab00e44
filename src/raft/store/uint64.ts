/**
 * Writes a whole number below 2^53 as 64 bits, big-endian. The way over `BigInt` costs as much as the checksum of an
 * entry, and the log writes several for each.
 */
export function writeUint64(target: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no count`)
  target.writeUInt32BE(Math.floor(value / 2 ** 32), offset)
  target.writeUInt32BE(value >>> 0, offset + 4)
}
