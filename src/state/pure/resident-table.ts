import { Bucket } from './bucket.ts'
import type { IndexKey } from './index-key.ts'
import { indexId } from './index-key.ts'
import { invariant } from './invariant.ts'
import type { Row } from './row.ts'
import { SortedKeys } from './sorted-keys.ts'

/** The applied rows of one resident table, with its indexes, kept from the index keys that came with the rows. */
export class ResidentTable {
  readonly #name: string
  readonly #rows = new Map<string, Row>()
  readonly #keys = new SortedKeys()
  readonly #unique = new Map<string, Row>()
  readonly #buckets = new Map<string, Bucket>()
  readonly #owned = new Map<string, SortedKeys>()

  constructor(name: string) {
    this.#name = name
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  holder(id: string): Row | undefined {
    return this.#unique.get(id)
  }

  bucket(id: string): readonly Row[] {
    return this.#rowsOf(this.#buckets.get(id)?.keys)
  }

  bucketSize(id: string): number {
    return this.#buckets.get(id)?.keys.size ?? 0
  }

  bucketOwner(id: string): string | undefined {
    return this.#buckets.get(id)?.owner
  }

  owned(owner: string): readonly Row[] {
    return this.#rowsOf(this.#owned.get(owner))
  }

  *scan(after: string | undefined): IterableIterator<Row> {
    for (const key of this.#keys.keys(after)) {
      const row = this.#rows.get(key)
      // The table may change while it is walked.
      if (row !== undefined) yield row
    }
  }

  /**
   * Takes a row out. A transaction takes out all rows that it changes before it stores any, so that two rows can
   * exchange a unique key.
   */
  take(key: string): Row | undefined {
    const row = this.#rows.get(key)
    if (row === undefined) return undefined
    this.#rows.delete(key)
    this.#keys.delete(key)
    for (const unique of row.unique) this.#unique.delete(indexId(unique))
    for (const bucket of row.buckets) this.#removeFromBucket(bucket, row)
    if (row.owner !== '') removeFrom(this.#owned, row.owner, key)
    return row
  }

  /** Stores a row whose key is not there. */
  store(row: Row): void {
    invariant(!this.#rows.has(row.key), `${this.#name}/${row.key} is there already`)
    this.#rows.set(row.key, row)
    this.#keys.add(row.key)
    for (const unique of row.unique) {
      const id = indexId(unique)
      const holder = this.#unique.get(id)
      invariant(holder === undefined, `${this.#name}/${row.key}: ${id} belongs to ${holder?.key}`)
      this.#unique.set(id, row)
    }
    for (const bucket of row.buckets) this.#addToBucket(bucket, row)
    if (row.owner !== '') addTo(this.#owned, row.owner, row.key)
  }

  #addToBucket(bucket: IndexKey, row: Row): void {
    const id = indexId(bucket)
    let found = this.#buckets.get(id)
    if (found === undefined) this.#buckets.set(id, (found = new Bucket()))
    found.add(row.key, row.owner)
  }

  #removeFromBucket(bucket: IndexKey, row: Row): void {
    const id = indexId(bucket)
    const found = this.#buckets.get(id)
    found?.delete(row.key, row.owner)
    if (found?.keys.size === 0) this.#buckets.delete(id)
  }

  #rowsOf(keys: SortedKeys | undefined): readonly Row[] {
    if (keys === undefined) return []
    const rows: Row[] = []
    for (const key of keys.keys()) rows.push(this.#rows.get(key)!)
    return rows
  }
}

function addTo(index: Map<string, SortedKeys>, id: string, key: string): void {
  let keys = index.get(id)
  if (keys === undefined) index.set(id, (keys = new SortedKeys()))
  keys.add(key)
}

function removeFrom(index: Map<string, SortedKeys>, id: string, key: string): void {
  const keys = index.get(id)
  keys?.delete(key)
  if (keys?.size === 0) index.delete(id)
}
