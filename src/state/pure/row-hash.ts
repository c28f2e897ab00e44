import type { Sha256 } from './hash-sum.ts'
import { HashInput } from './hash-input.ts'

/** A function that gives the digest of a row, for the state hash (log.md, rule 21). */
export function rowHasher(sha256: Sha256): RowHash {
  const input = new HashInput()
  return ({ table, key, revision, bytes }) =>
    sha256(input.reset().text(table).text(key).number(revision).bytes(bytes).result())
}

export type RowHash = (row: {
  readonly table: string
  readonly key: string
  readonly revision: number
  readonly bytes: Uint8Array
}) => Uint8Array
