import type { IndexKey } from './index-key.ts'
import { indexId } from './index-key.ts'
import type { Row } from './row.ts'
import type { Rows } from './rows.ts'
import { SortedKeys } from './sorted-keys.ts'

/** What the pending transactions of a leader do to one table, over the applied rows. */
export class OverlayTable {
  readonly #name: string
  readonly #base: Rows
  /** Of each row that is written, its versions in the order of the transactions. The last one counts. */
  readonly #versions = new Map<string, Version[]>()
  readonly #keys = new SortedKeys()
  /** For each index key that a pending write gives, takes or keeps: the rows that do, with how many of their versions. */
  readonly #touched = new Map<string, Map<string, number>>()

  constructor(name: string, base: Rows) {
    this.#name = name
    this.#base = base
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0
  }

  /** Stores or, without `row`, removes a row in the transaction of this revision. */
  push(revision: number, key: string, row: Row | undefined): void {
    const before = this.row(key)
    const ids = new Set([...idsOf(before), ...idsOf(row)])
    for (const id of ids) {
      let keys = this.#touched.get(id)
      if (keys === undefined) this.#touched.set(id, (keys = new Map()))
      keys.set(key, (keys.get(key) ?? 0) + 1)
    }
    const versions = this.#versions.get(key)
    const version = { revision, row, ids }
    if (versions === undefined) {
      this.#versions.set(key, [version])
      this.#keys.add(key)
    } else versions.push(version)
  }

  /** Forgets what the transaction of this revision did to a row: it is applied, or dropped. */
  forget(revision: number, key: string): void {
    const versions = this.#versions.get(key)
    const at = versions?.findIndex((version) => version.revision === revision) ?? -1
    if (versions === undefined || at < 0) return
    for (const id of versions[at]!.ids) {
      const keys = this.#touched.get(id)!
      const left = keys.get(key)! - 1
      if (left > 0) keys.set(key, left)
      else keys.delete(key)
      if (keys.size === 0) this.#touched.delete(id)
    }
    versions.splice(at, 1)
    if (versions.length > 0) return
    this.#versions.delete(key)
    this.#keys.delete(key)
  }

  row(key: string): Row | undefined {
    const versions = this.#versions.get(key)
    return versions === undefined ? this.#base.row(this.#name, key) : versions.at(-1)!.row
  }

  holder(id: string): Row | undefined {
    const found = this.#base.holder(this.#name, id)
    if (found !== undefined && this.row(found.key) === found) return found
    for (const row of this.#touching(uniqueMark + id)) if (claims(row.unique, id)) return row
    return undefined
  }

  bucket(id: string): readonly Row[] {
    const mark = bucketMark + id
    return this.#merge(mark, this.#base.bucket(this.#name, id), (row) => claims(row.buckets, id))
  }

  bucketSize(id: string): number {
    let size = this.#base.bucketSize(this.#name, id)
    for (const key of this.#touched.get(bucketMark + id)?.keys() ?? []) {
      const before = this.#base.row(this.#name, key)
      const after = this.row(key)
      if (before !== undefined && claims(before.buckets, id)) size -= 1
      if (after !== undefined && claims(after.buckets, id)) size += 1
    }
    return size
  }

  /** Undefined also where looking closer could find one owner: then the bucket is walked, which is right as well. */
  bucketOwner(id: string): string | undefined {
    const owners = new Set<string>()
    if (this.#base.bucketSize(this.#name, id) > 0) {
      const owner = this.#base.bucketOwner(this.#name, id)
      if (owner === undefined) return undefined
      owners.add(owner)
    }
    for (const row of this.#touching(bucketMark + id)) if (claims(row.buckets, id)) owners.add(row.owner)
    return owners.size === 1 ? owners.values().next().value : undefined
  }

  owned(owner: string): readonly Row[] {
    const base = this.#base.owned(this.#name, owner)
    return this.#merge(ownerMark + owner, base, (row) => row.owner === owner)
  }

  *scan(after: string | undefined): IterableIterator<Row> {
    const pending = this.#keys.keys(after)
    let next = pending.next()
    for (const row of this.#base.scan(this.#name, after)) {
      for (; !next.done && next.value < row.key; next = pending.next()) yield* this.#present(next.value)
      if (!next.done && next.value === row.key) continue
      yield row
    }
    for (; !next.done; next = pending.next()) yield* this.#present(next.value)
  }

  size(): number {
    let size = this.#base.size(this.#name)
    for (const [key, versions] of this.#versions) {
      if (this.#base.row(this.#name, key) !== undefined) size -= 1
      if (versions.at(-1)!.row !== undefined) size += 1
    }
    return size
  }

  #present(key: string): readonly Row[] {
    const row = this.row(key)
    return row === undefined ? [] : [row]
  }

  /** Rows that touch an index key, as they are now. */
  *#touching(mark: string): IterableIterator<Row> {
    for (const key of this.#touched.get(mark)?.keys() ?? []) yield* this.#present(key)
  }

  #merge(mark: string, base: readonly Row[], belongs: (row: Row) => boolean): readonly Row[] {
    const touched = this.#touched.get(mark)
    if (touched === undefined) return base
    const rows = base.filter((row) => !touched.has(row.key))
    for (const row of this.#touching(mark)) if (belongs(row)) rows.push(row)
    return rows.sort((one, other) => (one.key < other.key ? -1 : 1))
  }
}

interface Version {
  readonly revision: number
  readonly row: Row | undefined
  /** Index keys of the row before and after, each behind the mark of its kind. */
  readonly ids: ReadonlySet<string>
}

/** Index names have no such characters, so that ids of different kinds never meet. */
const uniqueMark = '!'
const bucketMark = '#'
const ownerMark = '@'

function idsOf(row: Row | undefined): string[] {
  if (row === undefined) return []
  const ids = [ownerMark + row.owner]
  for (const key of row.unique) ids.push(uniqueMark + indexId(key))
  for (const key of row.buckets) ids.push(bucketMark + indexId(key))
  return ids
}

function claims(keys: readonly IndexKey[], id: string): boolean {
  return keys.some((key) => indexId(key) === id)
}
