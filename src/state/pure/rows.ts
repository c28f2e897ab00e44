import type { Row } from './row.ts'

/**
 * Rows by table and index, without their types and without a thought for owners: what applied state and overlay have
 * in common. An `id` is what `indexId` makes of an index key.
 */
export interface Rows {
  row(table: string, key: string): Row | undefined
  /** The row that holds a unique key. */
  holder(table: string, id: string): Row | undefined
  /** Rows in a bucket, ascending by key. */
  bucket(table: string, id: string): readonly Row[]
  bucketSize(table: string, id: string): number
  /** The owner that all rows in a bucket have; undefined if they have several, or there are none. */
  bucketOwner(table: string, id: string): string | undefined
  /** Rows of an owner, ascending by key, whether it is there or not. */
  owned(table: string, owner: string): readonly Row[]
  /** All rows ascending by key; from the first key above `after` on, if it is given. */
  scan(table: string, after: string | undefined): IterableIterator<Row>
  size(table: string): number
}
