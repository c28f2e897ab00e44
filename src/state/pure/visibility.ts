import type { AnyTable } from '../table.ts'
import type { Row } from './row.ts'
import type { Rows } from './rows.ts'

/** True if the row's owner is there, and the owner's owner, and so on; always for a table without owner. */
export function isVisible(rows: Rows, table: AnyTable, row: Row): boolean {
  return ownerIsVisible(rows, table, row.owner)
}

/** True if rows of `table` with this owner are visible. */
export function ownerIsVisible(rows: Rows, table: AnyTable, owner: string): boolean {
  if (table.owner === undefined) return true
  const found = rows.row(table.owner.table.name, owner)
  return found !== undefined && isVisible(rows, table.owner.table, found)
}
