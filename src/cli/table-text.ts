import type { JsonObject } from '@bufbuild/protobuf'
import { cellText, valueAt } from './cell.ts'
import type { Style } from './style.ts'

/** How tables are to look. */
export interface TableForm {
  /** The first line, with the names of the columns. */
  readonly header: boolean
  /** How that line stands out; plain if left out. */
  readonly headerStyle?: Style
}

/** Rows in columns that stand two blanks apart; the first line names them in capitals. Ends with a line end. */
export function tableText(rows: readonly JsonObject[], columns: readonly string[], form: TableForm): string {
  const cells = rows.map((row) => columns.map((column) => cellText(valueAt(row, column))))
  if (!form.header) return alignedText(cells)
  const text = alignedText([columns.map((column) => column.toUpperCase()), ...cells])
  const end = text.indexOf('\n')
  return `${(form.headerStyle ?? plain)(text.slice(0, end))}${text.slice(end)}`
}

/** Lines whose cells stand below one another; the last cell of a line is not padded. */
export function alignedText(lines: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const line of lines) {
    line.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  }
  return lines
    .map((line) => line.map((cell, at) => cell.padEnd(widths[at]!)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function plain(text: string): string {
  return text
}
