import { crc32 } from 'node:zlib'
import type { Entry, EntryType } from '../core/types.ts'
import { chainBytes, nextChain, sameChain, type Chain } from './chain.ts'
import { writeUint64 } from './uint64.ts'

const version = 1
const typeCodes: Record<EntryType, number> = { normal: 1, conf_change: 2 }

/** Offsets of the fields. Everything before the chain is the header, over which the chain is made. */
const at = {
  version: 0,
  type: 1,
  zeros: 2,
  payloadBytes: 4,
  index: 8,
  term: 16,
  payloadCrc: 24,
  chain: 28,
  payload: 44,
} as const
const headerBytes = at.chain

/** An entry as it was found on the disk. */
export interface Frame {
  readonly entry: Entry
  readonly chain: Chain
}

/** Why bytes are not the frame that they should be. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/**
 * Writes an entry with its checksums: the payload's own, and the chain over it and all entries before.
 * Integers are big-endian and of fixed width; bytes 2 and 3 are zero.
 */
export function encodeFrame(entry: Entry, previous: Chain): { readonly bytes: Uint8Array; readonly chain: Chain } {
  // Every byte of it is written below.
  const bytes = Buffer.allocUnsafe(at.payload + entry.data.length)
  bytes[at.version] = version
  bytes[at.type] = typeCodes[entry.type]
  bytes.writeUInt16BE(0, at.zeros)
  bytes.writeUInt32BE(entry.data.length, at.payloadBytes)
  writeUint64(bytes, entry.index, at.index)
  writeUint64(bytes, entry.term, at.term)
  bytes.writeUInt32BE(crc32(entry.data), at.payloadCrc)
  const chain = nextChain(previous, bytes.subarray(0, headerBytes))
  bytes.set(chain, at.chain)
  bytes.set(entry.data, at.payload)
  return { bytes, chain }
}

/**
 * Reads the frame that belongs at an index. Checks everything but that the chain follows from the one before, for
 * which `follows` needs that one. Throws `FrameError`, which says what is wrong.
 */
export function decodeFrame(bytes: Uint8Array, index: number): Frame {
  if (bytes.length < at.payload) throw new FrameError(`entry ${index} is cut off after ${bytes.length} bytes`)
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (frame[at.version] !== version) throw new FrameError(`entry ${index} has the unknown version ${frame[at.version]}`)
  const type = typeOf(frame[at.type])
  if (type === undefined) throw new FrameError(`entry ${index} has the unknown type ${frame[at.type]}`)
  const stored = Number(frame.readBigUInt64BE(at.index))
  // A misdirected write puts a whole, valid frame in the wrong place.
  if (stored !== index) throw new FrameError(`entry ${stored} stands in the place of entry ${index}`)
  const payload = frame.subarray(at.payload)
  if (payload.length !== frame.readUInt32BE(at.payloadBytes)) throw new FrameError(`entry ${index} has a wrong size`)
  if (crc32(payload) !== frame.readUInt32BE(at.payloadCrc)) {
    throw new FrameError(`entry ${index} fails the checksum of its payload`)
  }
  const term = Number(frame.readBigUInt64BE(at.term))
  return { entry: { index, term, type, data: payload }, chain: frame.subarray(at.chain, at.chain + chainBytes) }
}

/** Whether a frame's chain follows from the one before it: if not, something before it or its header has changed. */
export function follows(bytes: Uint8Array, previous: Chain): boolean {
  const chain = nextChain(previous, bytes.subarray(0, headerBytes))
  return sameChain(chain, bytes.subarray(at.chain, at.chain + chainBytes))
}

function typeOf(code: number | undefined): EntryType | undefined {
  if (code === typeCodes.normal) return 'normal'
  return code === typeCodes.conf_change ? 'conf_change' : undefined
}
