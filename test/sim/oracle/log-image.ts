import { chainStart } from '../../../src/raft/store/chain.ts'
import { indexOfKey, recordKeys } from '../../../src/raft/store/keys.ts'
import { decodeTruncation, type TruncationPoint } from '../../../src/raft/store/records.ts'
import type { StoredDatabase } from '../disk/stored-database.ts'

/** A log as its database holds it. */
export interface LogImage {
  /** The last entry that is cut off; index 0 if nothing is. */
  readonly base: TruncationPoint
  /** By index, in its order. */
  readonly entries: ReadonlyMap<number, Uint8Array>
  readonly lastIndex: number
}

/** The key of the truncation point as a disk names it. */
export const truncationKey = Buffer.from(recordKeys.truncation).toString('latin1')

export function logImageOf(database: StoredDatabase): LogImage {
  const base = logBaseOf(database)
  const entries = new Map<number, Uint8Array>()
  for (const key of database.keys()) {
    if (key.length !== 9) continue
    const index = indexOfKey(Buffer.from(key, 'latin1'))
    if (index !== undefined && index > base.index) entries.set(index, database.get(key)!)
  }
  return { base, entries, lastIndex: Math.max(base.index, ...entries.keys()) }
}

/** What a log begins behind. */
export function logBaseOf(database: StoredDatabase): TruncationPoint {
  const record = database.get(truncationKey)
  return (record && decodeTruncation(record)) ?? { index: 0, term: 0, chain: chainStart }
}
