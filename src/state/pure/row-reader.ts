import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { Reader, Stored } from '../read.ts'
import type { Table } from '../table.ts'
import { indexId, joinParts } from './index-key.ts'
import { StateInvariantError } from './invariant.ts'
import type { Row } from './row.ts'
import type { Rows } from './rows.ts'
import { stateVersionOf } from './state-version.ts'
import { isVisible, ownerIsVisible } from './visibility.ts'

/** What a reader sees: applied state, or the overlay over it. */
export interface Source extends Rows {
  readonly revision: number
}

/** The two times at which a reader stands; a view of running clocks, or fixed. */
export interface Times {
  readonly timeMs: number
  readonly logTimeMs: number
}

/** Reads rows by their types, and only those that are visible. */
export class RowReader implements Reader {
  readonly incarnation: string
  readonly #source: Source
  readonly #times: Times

  constructor(source: Source, at: { readonly times: Times; readonly incarnation: string }) {
    this.#source = source
    this.#times = at.times
    this.incarnation = at.incarnation
  }

  get revision(): number {
    return this.#source.revision
  }

  get stateVersion(): number {
    return stateVersionOf(this.#source)
  }

  get timeMs(): number {
    return this.#times.timeMs
  }

  get logTimeMs(): number {
    return this.#times.logTimeMs
  }

  get<Desc extends DescMessage>(table: Table<Desc>, key: string): Stored<MessageShape<Desc>> | undefined {
    this.#requireResident(table)
    const row = this.#source.row(table.name, key)
    return row !== undefined && isVisible(this.#source, table, row) ? typed(row) : undefined
  }

  unique<Desc extends DescMessage, Unique extends string>(
    table: Table<Desc, Unique>,
    index: NoInfer<Unique>,
    parts: readonly string[],
  ): Stored<MessageShape<Desc>> | undefined {
    this.#requireResident(table)
    // A table with unique keys has no owner: its rows are always visible.
    const row = this.#source.holder(table.name, indexId({ index, key: joinParts(parts) }))
    return row === undefined ? undefined : typed(row)
  }

  bucket<Desc extends DescMessage, Bucket extends string>(
    table: Table<Desc, string, Bucket>,
    index: NoInfer<Bucket>,
    key: string,
  ): readonly Stored<MessageShape<Desc>>[] {
    this.#requireResident(table)
    const rows = this.#source.bucket(table.name, indexId({ index, key }))
    const visible = table.owner === undefined ? rows : rows.filter((row) => isVisible(this.#source, table, row))
    return visible.map(typed<Desc>)
  }

  count<Desc extends DescMessage, Bucket extends string>(
    table: Table<Desc, string, Bucket>,
    index: NoInfer<Bucket>,
    key: string,
  ): number {
    this.#requireResident(table)
    const id = indexId({ index, key })
    const size = this.#source.bucketSize(table.name, id)
    if (table.owner === undefined || size === 0) return size
    const owner = this.#source.bucketOwner(table.name, id)
    if (owner === undefined) return this.bucket(table, index, key).length
    return ownerIsVisible(this.#source, table, owner) ? size : 0
  }

  *all<Desc extends DescMessage>(table: Table<Desc>, after?: string): Iterable<Stored<MessageShape<Desc>>> {
    this.#requireResident(table)
    for (const row of this.#source.scan(table.name, after)) {
      if (isVisible(this.#source, table, row)) yield typed<Desc>(row)
    }
  }

  size(table: Table): number {
    this.#requireResident(table)
    if (table.owner === undefined) return this.#source.size(table.name)
    let size = 0
    for (const row of this.#source.scan(table.name, undefined)) if (isVisible(this.#source, table, row)) size += 1
    return size
  }

  etag(stored: Stored<unknown>): string {
    return etagOf(this.incarnation, stored.revision)
  }

  #requireResident(table: Table): void {
    if (table.kind !== 'resident') throw new StateInvariantError(`table ${table.name} is archival, not in memory`)
  }
}

/** Opaque to clients: cluster incarnation and revision, so that a restore leaves no old etag valid. */
export function etagOf(incarnation: string, revision: number): string {
  return `${incarnation}-${revision}`
}

function typed<Desc extends DescMessage>(row: Row): Stored<MessageShape<Desc>> {
  return row as unknown as Stored<MessageShape<Desc>>
}
