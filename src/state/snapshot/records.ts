import { crc32 } from 'node:zlib'
import { recordBytesMax } from './limits.ts'

/** The first bytes of every snapshot file. */
export const magic = Buffer.from('trivet snapshot\n', 'latin1')

/** The form of the file, which follows the magic as four bytes. A newer one is not read. */
export const formatVersion = 1

/** Size of magic and version. */
export const preambleBytes = magic.length + 4

/** The kinds of record, in the order in which they stand: one header, any number of pairs, one end. */
export type RecordKind = 'header' | 'pairs' | 'end'

const codes: Readonly<Record<RecordKind, number>> = { header: 0x48, pairs: 0x50, end: 0x45 }

/** Before each record: its kind, its bytes in the file, its bytes when they are unpacked, and a checksum of the former. */
export const recordHeadBytes = 1 + 4 + 4 + 4

/** What stands before a record. */
export interface RecordHead {
  readonly kind: RecordKind
  readonly storedBytes: number
  /** 0 if it is not compressed. */
  readonly unpackedBytes: number
  readonly checksum: number
}

export function encodePreamble(): Buffer {
  const preamble = Buffer.alloc(preambleBytes)
  magic.copy(preamble)
  preamble.writeUInt32BE(formatVersion, magic.length)
  return preamble
}

/** The version of the file; undefined if it is no snapshot. */
export function decodePreamble(bytes: Buffer): number | undefined {
  if (bytes.length < preambleBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  return bytes.readUInt32BE(magic.length)
}

export function encodeRecord(kind: RecordKind, stored: Uint8Array, unpackedBytes: number): Buffer {
  if (Math.max(stored.length, unpackedBytes) > recordBytesMax) throw new RangeError('a record is larger than allowed')
  const head = Buffer.alloc(recordHeadBytes)
  head[0] = codes[kind]
  head.writeUInt32BE(stored.length, 1)
  head.writeUInt32BE(unpackedBytes, 5)
  head.writeUInt32BE(crc32(stored), 9)
  return Buffer.concat([head, stored])
}

/** Undefined if no record begins like this. */
export function decodeRecordHead(bytes: Buffer): RecordHead | undefined {
  const kind = (Object.keys(codes) as RecordKind[]).find((candidate) => codes[candidate] === bytes[0])
  const storedBytes = bytes.readUInt32BE(1)
  const unpackedBytes = bytes.readUInt32BE(5)
  if (kind === undefined || Math.max(storedBytes, unpackedBytes) > recordBytesMax) return undefined
  return { kind, storedBytes, unpackedBytes, checksum: bytes.readUInt32BE(9) }
}
