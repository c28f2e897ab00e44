import type { Catalog } from '../catalog.ts'
import type { AnyTable } from '../table.ts'
import type { ChangedRow, RowEffect } from './applied.ts'
import type { Row } from './row.ts'
import type { Rows } from './rows.ts'
import { isVisible } from './visibility.ts'

/** A row that a transaction writes. */
export interface Touched {
  readonly table: AnyTable
  readonly key: string
  /** The owner that it names from now on; undefined if it is removed. */
  readonly owner: string | undefined
}

/**
 * What one transaction changes for those who watch: rows of owned tables are shown at the revision at which they
 * become visible, and vanish at the revision at which their owner does (log.md, rule 19). Made before the transaction
 * is applied, asked afterwards.
 */
export class Sightings {
  readonly #catalog: Catalog
  readonly #rows: Rows
  /** What is written or may become visible or vanish, in order, as it was before. */
  readonly #seen = new Map<string, Seen>()

  constructor(catalog: Catalog, rows: Rows, touched: readonly Touched[]) {
    this.#catalog = catalog
    this.#rows = rows
    for (const { table, key, owner } of touched) this.#look(table, key, owner)
  }

  /** Changes in the order of the transaction; what appears or vanishes with its owner follows the owner. */
  changes(effects: readonly RowEffect[]): ChangedRow[] {
    const archival = new Map<string, Row>(
      effects.flatMap(({ table, key, row }) => (row ? [[`${table}/${key}`, row] as const] : [])),
    )
    const changes: ChangedRow[] = []
    for (const [id, { table, key, before }] of this.#seen) {
      const row = table.kind === 'archival' ? archival.get(id) : this.#rows.row(table.name, key)
      const after = this.#bytesSeen(table, row)
      if (before !== undefined || after !== undefined) changes.push({ table: table.name, key, before, after })
    }
    return changes
  }

  #look(table: AnyTable, key: string, owner: string | undefined): void {
    const id = `${table.name}/${key}`
    if (this.#seen.has(id)) return
    const row = table.kind === 'archival' ? undefined : this.#rows.row(table.name, key)
    this.#seen.set(id, { table, key, before: this.#bytesSeen(table, row) })
    // A row that is changed in place hides and shows nothing; that is nearly all of them.
    if (row?.owner === owner) return
    for (const owned of this.#catalog.ownedBy(table.name)) {
      for (const one of this.#rows.owned(owned.name, key)) this.#look(owned, one.key, undefined)
    }
  }

  #bytesSeen(table: AnyTable, row: Row | undefined): Uint8Array | undefined {
    return row !== undefined && isVisible(this.#rows, table, row) ? row.bytes : undefined
  }
}

interface Seen {
  readonly table: AnyTable
  readonly key: string
  readonly before: Uint8Array | undefined
}
