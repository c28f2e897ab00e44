import type { JsonObject } from '@bufbuild/protobuf'
import { answerRows, humanText } from './answer-text.ts'
import { cellText, isUnset, valueAt } from './cell.ts'
import { recordEntries } from './record-text.ts'
import type { CommandTable, RowsTable, WorkTable } from './table.ts'
import { tableText, type TableForm } from './table-text.ts'

/** One moment of something that changes, for both kinds of readers. */
export interface Frame {
  /** For a terminal: everything, to be painted over what was there. */
  readonly screen: string
  /** For a pipe: lines that stand for themselves, by what they are about. Only those that changed are printed. */
  readonly lines: ReadonlyMap<string, string>
}

/** An answer that is shown again whenever it changes. */
export function answerFrame(answer: JsonObject, table: CommandTable, form: TableForm): Frame {
  const screen = humanText(answer, table, form)
  const { rows } = table.answer
  if (rows !== undefined) return { screen, lines: new Map(rowLines(answer, rows)) }
  const entries = recordEntries(answer, table.answer).map(({ name, value }): [string, string] => [
    name,
    `${name}=${quoted(cellText(value))}`,
  ])
  const parts = (table.answer.parts ?? []).flatMap((part) => rowLines(answer, part))
  return { screen, lines: new Map([...entries, ...parts]) }
}

/** Work as it stands: the work on one line, how far it is, and its parts below. */
export function workFrame(
  answer: JsonObject,
  work: WorkTable,
  shown: TableForm & { readonly noun: string; readonly parts: readonly RowsTable[] },
): Frame {
  const resource = (answer[work.resource] ?? {}) as JsonObject
  const message = valueAt(resource, 'error_message')
  const sections = [
    tableText([resource], work.columns, shown),
    progressBar(resource),
    ...shown.parts.map((part) => tableText(answerRows(answer, part), part.columns, shown)),
    isUnset(message) ? '' : `${cellText(message)}\n`,
  ]
  return {
    screen: sections.filter((section) => section !== '').join('\n'),
    lines: new Map([
      [shown.noun, `${shown.noun} ${rowLine(resource, work.columns)}`],
      ...shown.parts.flatMap((part) => rowLines(answer, part)),
    ]),
  }
}

/** A row as a line that stands for itself: its first value, then `name=value` for what is set. */
export function rowLine(row: JsonObject, columns: readonly string[]): string {
  const [first = '', ...others] = columns
  const named = others
    .map((column) => ({ column, value: valueAt(row, column) }))
    .filter(({ value }) => !isUnset(value))
    .map(({ column, value }) => `${column}=${quoted(cellText(value))}`)
  return [cellText(valueAt(row, first)), ...named].join(' ')
}

function rowLines(answer: JsonObject, rows: RowsTable): [string, string][] {
  return answerRows(answer, rows).map((row) => [rowKey(row, rows), rowLine(row, rows.columns)])
}

/** What a row is about: its first column. */
export function rowKey(row: JsonObject, { columns }: RowsTable): string {
  return cellText(valueAt(row, columns[0] ?? ''))
}

function quoted(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text
}

const barWidth = 30

/** Work that counts its targets has a bar. */
function progressBar(resource: JsonObject): string {
  const [total, succeeded, failed] = ['total', 'succeeded', 'failed'].map((name) => resource[name])
  if (typeof total !== 'number' || typeof succeeded !== 'number' || typeof failed !== 'number' || total === 0) return ''
  const done = Math.floor((succeeded * barWidth) / total)
  const lost = Math.ceil((failed * barWidth) / total)
  const bar = `${'#'.repeat(done)}${'x'.repeat(Math.min(lost, barWidth - done))}`.padEnd(barWidth, '.')
  return `[${bar}] ${succeeded} of ${total} succeeded, ${failed} failed\n`
}
