import { crc32 } from 'node:zlib'

const checksumBytes = 4

/**
 * Appends a CRC-32 to a record, so that `unseal` knows whether it is still what was written, and whether it was written
 * for the same `context`: a file of another data directory is whole, but not ours.
 */
export function seal(content: Uint8Array, context = ''): Uint8Array {
  const sealed = Buffer.alloc(content.length + checksumBytes)
  sealed.set(content)
  sealed.writeUInt32BE(crc32(content, crc32(context)), content.length)
  return sealed
}

/** The content of a sealed record; undefined if a bit of it has changed. */
export function unseal(sealed: Uint8Array, context = ''): Uint8Array | undefined {
  if (sealed.length < checksumBytes) return undefined
  const content = sealed.subarray(0, sealed.length - checksumBytes)
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  return view.getUint32(content.length) === crc32(content, crc32(context)) ? content : undefined
}
