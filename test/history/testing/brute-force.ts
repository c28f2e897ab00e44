import type { History, Recorded } from '../format/history.ts'
import { never } from '../format/history.ts'
import type { Operation, Result, Row, Write } from '../format/operation.ts'

/*
 * What the checkers decide, decided by trying everything. Written apart from them, on the plainest model there is, for
 * histories of a few calls without request ids and changes.
 */

/** Rows by their keys. The revision of a row is undefined while nobody has told it. */
type Rows = ReadonlyMap<string, { readonly value: string; readonly revision: number | undefined }>

/** Whether some order of the calls that keeps the order of time explains all answers. */
export function isLinearizable({ operations }: History): boolean {
  const calls = operations.filter(
    ({ operation, result }) =>
      result.kind !== 'failed' && !isStale(operation) && (result.kind !== 'unknown' || isWrite(operation)),
  )
  const told = new Set(
    calls.flatMap(({ operation, result }) => (isWrite(operation) && result.kind === 'ok' ? [result.revision] : [])),
  )
  return canGoOn(new Map(), calls)

  function canGoOn(rows: Rows, left: readonly Recorded[]): boolean {
    const firstEnd = Math.min(...left.map(({ end }) => end))
    if (firstEnd === never) return true
    return left.some((call) => {
      if (call.begin > firstEnd) return false
      const next = step(rows, call, told)
      return (
        next !== undefined &&
        canGoOn(
          next,
          left.filter((other) => other !== call),
        )
      )
    })
  }
}

/** Rows after a call with the answer that it got; undefined if it cannot have got it. */
function step(rows: Rows, { operation, result }: Recorded, told: ReadonlySet<number | undefined>): Rows | undefined {
  const matches = (revision: number | undefined, wanted: number) =>
    revision === undefined ? !told.has(wanted) : revision === wanted
  if (!isWrite(operation)) {
    if (result.kind !== 'ok') return undefined
    const shown = new Map<string, Row | null>(
      operation.kind === 'get'
        ? [[operation.key, result.row!]]
        : [
            ...[...rows.keys()].map((key) => [key, null] as const),
            ...result.rows!.map((row) => [row.key, row] as const),
          ],
    )
    let next = rows
    for (const [key, row] of shown) {
      const there = rows.get(key)
      if (row === null && there === undefined) continue
      if (row === null || there === undefined || row.value !== there.value) return undefined
      if (row.revision === undefined) continue
      if (!matches(there.revision, row.revision)) return undefined
      next = new Map(next).set(key, { value: row.value, revision: row.revision })
    }
    return next
  }
  const there = rows.get(operation.key)
  const refusal = refusalOf(operation, there === undefined ? undefined : [there.revision, matches])
  if (result.kind === 'refused') {
    if (result.reason === 'changed' && there?.revision === undefined && there !== undefined) {
      return typeof operation.if === 'object' ? rows : undefined
    }
    return result.reason === refusal ? rows : undefined
  }
  if (refusal !== undefined) return undefined
  return written(rows, operation, result.kind === 'ok' ? result.revision : undefined)
}

function refusalOf(
  operation: Write,
  row: readonly [number | undefined, (revision: number | undefined, wanted: number) => boolean] | undefined,
) {
  const condition = operation.if
  if (condition === 'absent') return row === undefined ? undefined : 'present'
  if (condition === undefined && operation.kind === 'put') return undefined
  if (row === undefined) return 'absent'
  if (typeof condition !== 'object') return undefined
  return row[1](row[0], condition.revision) ? undefined : 'changed'
}

function written(rows: Rows, operation: Write, revision: number | undefined): Rows {
  const next = new Map(rows)
  if (operation.kind === 'delete') next.delete(operation.key)
  else next.set(operation.key, { value: operation.value, revision })
  return next
}

/** Whether revisions can be given to some of the writes of unknown outcome so that all answers are right at theirs. */
export function isRightByRevisions({ operations }: History): boolean {
  const open = operations.filter(({ operation, result }) => isWrite(operation) && result.kind === 'unknown')
  const told = operations.filter(({ result }) => result.kind === 'ok' || result.kind === 'refused')
  const highest = Math.max(0, ...told.map(({ result }) => revisionOf(result)))
  const taken = new Map<number, Recorded>()
  for (const call of told) {
    if (!isWrite(call.operation) || call.result.kind !== 'ok') continue
    // Revision 0 is the start, of which nobody is the writer.
    if (call.result.revision === 0 || taken.has(call.result.revision!)) return false
    taken.set(call.result.revision!, call)
  }
  return canPlace(open, taken)

  function canPlace(left: readonly Recorded[], writes: ReadonlyMap<number, Recorded>): boolean {
    const [call, ...others] = left
    if (call === undefined) return isRight(writes, told)
    if (canPlace(others, writes)) return true
    for (let revision = 1; revision <= highest; revision++) {
      if (!writes.has(revision) && canPlace(others, new Map(writes).set(revision, call))) return true
    }
    return false
  }
}

/** Whether all answers are right, given the write of each revision. */
function isRight(writes: ReadonlyMap<number, Recorded>, told: readonly Recorded[]): boolean {
  const highest = Math.max(0, ...told.map(({ result }) => revisionOf(result)))
  const states: Rows[] = [new Map()]
  for (let revision = 1; revision <= highest; revision++) {
    const rows = states[revision - 1]!
    const operation = writes.get(revision)?.operation as Write | undefined
    if (operation === undefined) states.push(rows)
    else if (refusalAt(rows, operation) !== undefined) return false
    else states.push(written(rows, operation, revision))
  }
  const placed = [
    ...[...writes].map(([revision, call]) => ({ revision, call, isWrite: true })),
    ...told
      .filter(({ operation, result }) => !isWrite(operation) || result.kind === 'refused')
      .map((call) => ({ revision: revisionOf(call.result), call, isWrite: false })),
  ]
  for (const { revision, call, isWrite: isWritten } of placed) {
    if (!isWritten && !isRightAt(states[revision]!, call)) return false
    for (const earlier of placed) {
      if (earlier.call.end >= call.begin || isStale(call.operation)) continue
      if (isWritten ? revision <= earlier.revision : revision < earlier.revision) return false
    }
  }
  return true
}

function isRightAt(rows: Rows, { operation, result }: Recorded): boolean {
  if (result.kind === 'refused') return refusalAt(rows, operation as Write) === result.reason
  if (result.kind !== 'ok') return false
  if (operation.kind === 'get') return isSame(rows.get(operation.key), result.row!)
  const shown = new Map(result.rows!.map((row) => [row.key, row]))
  return shown.size === rows.size && [...rows].every(([key, row]) => isSame(row, shown.get(key) ?? null))
}

function refusalAt(rows: Rows, operation: Write) {
  const row = rows.get(operation.key)
  return refusalOf(operation, row && [row.revision, (revision, wanted) => revision === wanted])
}

function isSame(row: { readonly value: string; readonly revision: number | undefined } | undefined, shown: Row | null) {
  if (row === undefined || shown === null) return row === undefined && shown === null
  return row.value === shown.value && (shown.revision === undefined || row.revision === shown.revision)
}

function isWrite(operation: Operation): operation is Write {
  return operation.kind === 'put' || operation.kind === 'delete'
}

function isStale(operation: Operation): boolean {
  return !isWrite(operation) && operation.stale !== undefined
}

function revisionOf(result: Result): number {
  return ('revision' in result ? result.revision : undefined) ?? 0
}
