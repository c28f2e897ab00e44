import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf'

/**
 * Where a table's rows live. Resident rows are in memory and in LevelDB, archival rows in LevelDB only: they are
 * inserted, never changed, and their key contains the revision that made them (log.md, rule 20).
 */
export type TableKind = 'resident' | 'archival'

/**
 * A declared table. Services know only what `table` below takes; the rest is for this room.
 * Unique names and bucket names are types, so that one that does not exist does not compile.
 */
export interface Table<
  Desc extends DescMessage = DescMessage,
  Unique extends string = string,
  Bucket extends string = string,
> {
  readonly name: string
  readonly row: Desc
  readonly kind: TableKind
  readonly owner: Ownership | undefined
  readonly uniqueNames: readonly Unique[]
  readonly bucketNames: readonly Bucket[]
  /** Key of a row within the table. */
  keyOf(row: MessageShape<Desc>): string
  /** Key of the row's owner; '' if the table has none. */
  ownerOf(row: MessageShape<Desc>): string
  /** The unique key of one index that a row claims; undefined if it claims none. */
  uniqueOf(index: string, row: MessageShape<Desc>): readonly string[] | undefined
  /** The buckets of one index that a row is in. */
  bucketsOf(index: string, row: MessageShape<Desc>): readonly string[]
}

/** Any table, whatever its row. */
export type AnyTable = Table

/** The row message of a table: `RowOf<typeof groups>`. */
export type RowOf<Of extends AnyTable> = Of extends Table<infer Desc> ? MessageShape<Desc> : never

/** That the rows of a table are visible only while the row of another table is there. */
export interface Ownership {
  readonly table: AnyTable
}

/** What `table` takes. */
export interface TableDeclaration<Desc extends DescMessage, Unique extends string, Bucket extends string> {
  /** Lower case with underscores, singular: `group_member`. Part of the log for ever. */
  readonly name: string
  readonly row: Desc
  readonly key: (row: MessageShape<Desc>) => string
  /** Each gives the parts of a key that no two rows share, the tenant first; undefined claims none. */
  readonly unique?: { readonly [Name in Unique]: (row: MessageShape<Desc>) => readonly string[] | undefined }
  /** Each gives the bucket, or the several buckets, that a row is in; undefined is none. */
  readonly buckets?: { readonly [Name in Bucket]: (row: MessageShape<Desc>) => string | readonly string[] | undefined }
  /** The table that owns the rows, and the key of a row's owner in it. Owned tables have no unique keys. */
  readonly owner?: { readonly table: AnyTable; readonly key: (row: MessageShape<Desc>) => string }
  /** `resident` if absent. */
  readonly kind?: TableKind
}

/**
 * Declares a table. What it says about keys is evaluated on the leader only and travels with each row, so that peers
 * of two releases keep the same indexes.
 *
 * @example
 * ```ts
 * export const groups = table({
 *   name: 'group',
 *   row: GroupRowSchema,
 *   key: (group) => group.id,
 *   unique: { name: (group) => [group.tenant, group.name] },
 * })
 * ```
 */
export function table<Desc extends DescMessage, Unique extends string = never, Bucket extends string = never>(
  declaration: TableDeclaration<Desc, Unique, Bucket>,
): Table<Desc, Unique, Bucket> {
  const { name, row, key, owner, kind = 'resident' } = declaration
  type Row = MessageShape<Desc>
  const unique = new Map<string, (row: Row) => readonly string[] | undefined>(Object.entries(declaration.unique ?? {}))
  const buckets = new Map<string, (row: Row) => string | readonly string[] | undefined>(
    Object.entries(declaration.buckets ?? {}),
  )
  check(name, namePattern.test(name), 'a name is lower case with underscores')
  check(name, owner === undefined || unique.size === 0, 'an owned table has no unique keys')
  check(name, owner === undefined || owner.table.kind === 'resident', 'an owner is resident')
  check(name, kind === 'resident' || owner === undefined, 'an archival table has no owner')
  check(name, kind === 'resident' || unique.size + buckets.size === 0, 'an archival table has no indexes')
  return {
    name,
    row,
    kind,
    owner: owner && { table: owner.table },
    uniqueNames: [...unique.keys()] as Unique[],
    bucketNames: [...buckets.keys()] as Bucket[],
    keyOf: key,
    ownerOf: (value) => owner?.key(value) ?? '',
    uniqueOf: (index, value) => unique.get(index)?.(value),
    bucketsOf: (index, value) => {
      const found = buckets.get(index)?.(value)
      if (found === undefined) return []
      return typeof found === 'string' ? [found] : found
    },
  }
}

/** The row of a table, as the compiler sees a message of any kind. */
export type AnyRow = Message

const namePattern = /^[a-z][a-z0-9_]{0,62}$/

function check(name: string, holds: boolean, rule: string): void {
  if (!holds) throw new Error(`table ${JSON.stringify(name)}: ${rule}`)
}
