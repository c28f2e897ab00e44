import type { Sha256 } from './hash-sum.ts'
import { HashInput } from './hash-input.ts'
import type { Row } from './row.ts'

/** A function that gives the digest of a row, for the state hash (log.md, rule 21). */
export function rowHasher(sha256: Sha256): RowHash {
  const input = new HashInput()
  return ({ table, key, revision, bytes }) =>
    sha256(input.reset().text(table).text(key).number(revision).bytes(bytes).result())
}

/**
 * A function that gives the digest of a row with its index keys, for the sum that a peer compares with what it reads
 * back from its own disk.
 */
export function keptRowHasher(sha256: Sha256): (table: string, row: Row) => Uint8Array {
  const input = new HashInput()
  return (table, { key, revision, bytes, unique, buckets, owner }) => {
    input.reset().text(table).text(key).number(revision).bytes(bytes).text(owner)
    input.number(unique.length)
    for (const one of [...unique, ...buckets]) input.text(one.index).text(one.key)
    return sha256(input.result())
  }
}

export type RowHash = (row: {
  readonly table: string
  readonly key: string
  readonly revision: number
  readonly bytes: Uint8Array
}) => Uint8Array
