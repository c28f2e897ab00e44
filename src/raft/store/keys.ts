import { writeUint64 } from './uint64.ts'

const entryPrefix = 0x01
const recordPrefix = 0x02

/** Key of the entry at an index: fixed width and big-endian, so that keys order as indexes do. */
export function entryKey(index: number): Uint8Array {
  const key = Buffer.alloc(9)
  key[0] = entryPrefix
  writeUint64(key, index, 1)
  return key
}

/** All entries from an index on, whatever their number. */
export function entriesFrom(index: number): { readonly from: Uint8Array; readonly until: Uint8Array } {
  return { from: entryKey(index), until: Uint8Array.of(recordPrefix) }
}

/** The index that an entry's key names; undefined if the key is none of an entry. */
export function indexOfKey(key: Uint8Array): number | undefined {
  if (key.length !== 9 || key[0] !== entryPrefix) return undefined
  const index = new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(1)
  return index <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(index) : undefined
}

/** Records beside the entries, one each. */
export const recordKeys = {
  hardState: Uint8Array.of(recordPrefix, 0x48), // 'H'
  truncation: Uint8Array.of(recordPrefix, 0x54), // 'T'
  configuration: Uint8Array.of(recordPrefix, 0x43), // 'C'
} as const
