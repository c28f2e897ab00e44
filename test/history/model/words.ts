import type { Recorded } from '../format/history.ts'
import { never } from '../format/history.ts'
import type { KeyedRow, Operation, Result, Row } from '../format/operation.ts'
import type { KeyState } from './key-step.ts'

/** Characters of a value that are shown. */
const valueLengthMax = 40

/** Rows of a list that are shown. */
const rowsShownMax = 5

/** What was asked for: `put group/a = "v1" if absent`. */
export function operationInWords(operation: Operation): string {
  switch (operation.kind) {
    case 'put':
      return `put ${operation.key} = ${valueInWords(operation.value)}${conditionInWords(operation.if)}`
    case 'delete':
      return `delete ${operation.key}${conditionInWords(operation.if)}`
    case 'get':
      return `${operation.stale ? 'stale ' : ''}get ${operation.key}`
    case 'list':
      return `${operation.stale ? 'stale ' : ''}list ${operation.prefix}*`
  }
}

/** A call with who made it and where it stands: `get a by c2 (lines 40 to 41)`. */
export function recordInWords(record: Recorded): string {
  return `${operationInWords(record.operation)} by ${record.process} (${linesInWords(record)})`
}

/** A call with its outcome, for a list of calls. */
export function outcomeInWords(record: Recorded): string {
  return `${recordInWords(record)}: ${resultInWords(record.result)}`
}

export function valueInWords(value: string): string {
  return JSON.stringify(value.length <= valueLengthMax ? value : `${value.slice(0, valueLengthMax)}…`)
}

/** A row as a read shows it. */
export function rowInWords(row: Row | null): string {
  if (row === null) return 'no row'
  return `${valueInWords(row.value)}${row.revision === undefined ? '' : ` of revision ${row.revision}`}`
}

/** A row as the model has it. */
export function stateInWords(state: KeyState): string {
  if (state === null) return 'there is no row'
  if (state.revision === undefined) return `the row is ${valueInWords(state.value)}, of an unanswered write`
  return `the row is ${valueInWords(state.value)} of revision ${state.revision}`
}

/** How a call ended. */
export function resultInWords(result: Result): string {
  switch (result.kind) {
    case 'unknown':
      return 'outcome unknown'
    case 'failed':
      return 'failed for sure'
    case 'refused':
      return `refused${atInWords(result.revision)}, ${refusalInWords[result.reason]}`
    case 'ok': {
      const { row, rows, revision } = result
      const shown = rows === undefined ? (row === undefined ? 'ok' : rowInWords(row)) : rowsInWords(rows)
      return `${shown}${atInWords(revision)}`
    }
  }
}

const refusalInWords = {
  absent: 'for there is no row',
  present: 'for there is a row',
  changed: 'for the row is of another revision',
} as const

function rowsInWords(rows: readonly KeyedRow[]): string {
  const shown = rows.slice(0, rowsShownMax).map((row) => `${row.key} = ${rowInWords(row)}`)
  return `${rows.length} rows${shown.length === 0 ? '' : `: ${shown.join(', ')}`}${rows.length > shown.length ? ', …' : ''}`
}

function atInWords(revision: number | undefined): string {
  return revision === undefined ? '' : ` at revision ${revision}`
}

function conditionInWords(condition: 'absent' | 'present' | { readonly revision: number } | undefined): string {
  if (condition === undefined) return ''
  return ` if ${typeof condition === 'string' ? condition : `of revision ${condition.revision}`}`
}

function linesInWords({ begin, end }: Recorded): string {
  return end === never ? `line ${begin}, never answered` : `lines ${begin} to ${end}`
}
