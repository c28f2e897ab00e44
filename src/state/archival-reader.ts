import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { trivetError } from '../lib/errors.ts'
import type { RowHash } from './pure/row-hash.ts'
import { rowHasher } from './pure/row-hash.ts'
import type { Stored } from './read.ts'
import { sha256 } from './sha256.ts'
import { endOf, rowKey } from './storage/keys.ts'
import { decodeRow } from './storage/records.ts'
import type { StateStore } from './storage/state-store.ts'
import type { Table } from './table.ts'

/** Which rows of an archival table to read, by key. */
export interface ArchivalRange {
  /** Only keys that begin with it. */
  readonly prefix?: string
  /** Only keys above it, or below it if `reverse`. */
  readonly after?: string
  readonly limit: number
  /** Descending, the newest first where keys begin with a revision. */
  readonly reverse?: boolean
}

/**
 * Reads archival rows: what is not flushed yet, then LevelDB. Keys are ordered by their UTF-8 bytes.
 * Errors: PEER_DAMAGED for a row that is not what was written, because LevelDB gives wrong values without an error.
 */
export class ArchivalReader {
  readonly #store: StateStore
  readonly #hash: RowHash = rowHasher(sha256)

  constructor(store: StateStore) {
    this.#store = store
  }

  async get<Desc extends DescMessage>(
    table: Table<Desc>,
    key: string,
  ): Promise<Stored<MessageShape<Desc>> | undefined> {
    const bytes = await this.#store.get(rowKey(table.name, key))
    return bytes && this.#decode(table, key, bytes)
  }

  async range<Desc extends DescMessage>(
    table: Table<Desc>,
    { prefix = '', after, limit, reverse = false }: ArchivalRange,
  ): Promise<readonly Stored<MessageShape<Desc>>[]> {
    const start = rowKey(table.name, '')
    const bounds = { from: start + prefix, to: prefix === '' ? endOf(start) : `${start}${prefix}\u{10ffff}` }
    if (after !== undefined && reverse) bounds.to = start + after
    if (after !== undefined && !reverse) bounds.from = `${start}${after}\0`
    const pairs = await this.#store.range({ ...bounds, limit, reverse })
    return pairs.map(({ key, value }) => this.#decode(table, key.slice(start.length), value))
  }

  #decode<Desc extends DescMessage>(table: Table<Desc>, key: string, bytes: Uint8Array): Stored<MessageShape<Desc>> {
    const { row, hash } = decodeRow(table.row, key, bytes)
    const present = this.#hash({ table: table.name, key, revision: row.revision, bytes: row.bytes })
    if (Buffer.compare(hash, present) === 0) return row as unknown as Stored<MessageShape<Desc>>
    throw trivetError('PEER_DAMAGED', { reason: `row ${key} of ${table.name} on disk is not the one that was written` })
  }
}
