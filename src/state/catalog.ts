import { stateVersions } from './pure/state-version.ts'
import type { AnyTable } from './table.ts'

/**
 * All tables of a program. A peer that meets a table in the log that is not here stops: it is older than what the
 * cluster uses, and skipping the row would make it differ from the others.
 */
export interface Catalog {
  readonly tables: readonly AnyTable[]
  get(name: string): AnyTable | undefined
  /** Tables whose rows the rows of this table own. */
  ownedBy(name: string): readonly AnyTable[]
}

/** Gathers tables, and those that every program has; throws when two have one name, or an owner is missing. */
export function catalog(given: readonly AnyTable[]): Catalog {
  const tables = [...given, stateVersions]
  const byName = new Map<string, AnyTable>()
  for (const table of tables) {
    if (byName.has(table.name)) throw new Error(`two tables are named ${table.name}`)
    byName.set(table.name, table)
  }
  const owned = new Map<string, AnyTable[]>()
  for (const table of tables) {
    if (table.owner === undefined) continue
    const owner = table.owner.table
    if (byName.get(owner.name) !== owner) throw new Error(`table ${table.name}: its owner ${owner.name} is missing`)
    const list = owned.get(owner.name) ?? []
    list.push(table)
    owned.set(owner.name, list)
  }
  return {
    tables,
    get: (name) => byName.get(name),
    ownedBy: (name) => owned.get(name) ?? [],
  }
}
