import type { TrivetError } from '../../lib/errors.ts'
import { trivetError } from '../../lib/errors.ts'
import type { AnyTable } from '../table.ts'
import type { PutWrite, RemoveWrite, Write } from '../write.ts'
import type { EvaluationContext } from './evaluate.ts'
import type { IndexKey } from './index-key.ts'
import { indexId } from './index-key.ts'
import { invariant } from './invariant.ts'
import { keyBytesMax } from './limits.ts'
import { revisionKey } from './revision-key.ts'

type Context = Pick<EvaluationContext, 'catalog' | 'source'>

/**
 * Checks what a rule answered, and adds the removal of rows whose owner it removes, so that no transaction leaves a
 * row without owner. Refusals: TRANSACTION_TOO_LARGE from whoever counts the result; UNIQUE_KEY_IN_USE;
 * INVALID_REQUEST for a key that is too long. Anything else that does not fit is a defect of the rule.
 */
export function settle(context: Context, answered: readonly Write[], revision: number): readonly Write[] {
  const written = new Map<string, Write>()
  for (const write of answered) {
    checkWrite(context, write, revision)
    if (write.kind === 'keep') continue
    const id = `${write.table.name}/${write.key}`
    invariant(!written.has(id), `a rule writes ${id} twice`)
    written.set(id, write)
  }
  for (const write of answered) if (write.kind === 'remove') removeOwned(context, write, written)
  const claimed = new Map<string, string>()
  for (const write of written.values()) {
    if (write.kind !== 'put') continue
    checkOwner(context, write, written)
    checkUnique(context, write, { written, claimed })
  }
  return [...written.values()]
}

function checkWrite({ catalog, source }: Context, write: Write, revision: number): void {
  const { table, key, kind } = write
  const id = `${table.name}/${key}`
  invariant(catalog.get(table.name) === table, `a rule writes ${id}, a table outside the catalog`)
  if (kind === 'put') checkPut(write, revision)
  else {
    invariant(table.kind === 'resident', `a rule removes or keeps the archival row ${id}`)
    invariant(source.row(table.name, key) !== undefined, `a rule removes or keeps ${id}, which is not there`)
  }
}

function checkPut({ table, key, unique, buckets, owner }: PutWrite, revision: number): void {
  invariant(key !== '', `a rule stores a row of ${table.name} without a key`)
  for (const text of [key, owner, ...unique.map((one) => one.key), ...buckets.map((one) => one.key)]) {
    // A lone surrogate would become another character on its way through the log.
    invariant(text.isWellFormed(), `a key of ${table.name} is not well-formed Unicode`)
    // A character has at most three bytes for each code unit.
    if (text.length * 3 <= keyBytesMax) continue
    const size = new TextEncoder().encode(text).length
    if (size <= keyBytesMax) continue
    const reason = `a key of ${table.name} has ${size} bytes; at most ${keyBytesMax} are allowed`
    throw trivetError('INVALID_REQUEST', { reason })
  }
  if (table.kind === 'resident') return
  const made = key.split('/').includes(revisionKey(revision))
  invariant(made, `the key of an archival row of ${table.name} does not contain revisionKey(nextRevision)`)
}

/** Adds the removal of all that a removed row owns, and of what that owns. */
function removeOwned(context: Context, removed: RemoveWrite, written: Map<string, Write>): void {
  for (const table of context.catalog.ownedBy(removed.table.name)) {
    for (const { key } of context.source.owned(table.name, removed.key)) {
      const id = `${table.name}/${key}`
      // A row that gets another owner stays; one that the rule removes itself comes here by itself.
      if (written.has(id)) continue
      const write: RemoveWrite = { kind: 'remove', table, key }
      written.set(id, write)
      removeOwned(context, write, written)
    }
  }
}

function checkOwner(context: Context, write: PutWrite, written: ReadonlyMap<string, Write>): void {
  const { owner: ownership } = write.table
  if (ownership === undefined) return
  const present = rowAfter(context, ownership.table, write.owner, written)
  const id = `${write.table.name}/${write.key}`
  invariant(present, `a rule stores ${id}, whose owner ${ownership.table.name}/${write.owner} is not there`)
}

function rowAfter(context: Context, table: AnyTable, key: string, written: ReadonlyMap<string, Write>): boolean {
  const write = written.get(`${table.name}/${key}`)
  return write === undefined ? context.source.row(table.name, key) !== undefined : write.kind === 'put'
}

/** After the transaction no two rows may claim one unique key; within it they may exchange theirs. */
function checkUnique(
  { source }: Context,
  { table: { name: table }, key, unique }: PutWrite,
  { written, claimed }: { readonly written: ReadonlyMap<string, Write>; readonly claimed: Map<string, string> },
): void {
  for (const one of unique) {
    const id = indexId(one)
    const claim = `${table}/${id}`
    const other = claimed.get(claim)
    if (other !== undefined) throw inUse(table, one, { holder: other, since: 'this very change' })
    claimed.set(claim, key)
    const holder = source.holder(table, id)
    if (holder === undefined || written.has(`${table}/${holder.key}`)) continue
    throw inUse(table, one, { holder: holder.key, since: `revision ${holder.revision}` })
  }
}

function inUse(
  table: string,
  { index, key }: IndexKey,
  by: { readonly holder: string; readonly since: string },
): TrivetError {
  return trivetError('UNIQUE_KEY_IN_USE', { kind: table, index, value: key, ...by })
}
