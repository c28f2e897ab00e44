import type { JsonObject } from '@bufbuild/protobuf'
import { cellText, valueAt } from './cell.ts'

/** Rows in columns that stand two blanks apart; the first line names them in capitals. Ends with a line end. */
export function tableText(
  rows: readonly JsonObject[],
  columns: readonly string[],
  options: { readonly header: boolean },
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(valueAt(row, column))))
  if (options.header) cells.unshift(columns.map((column) => column.toUpperCase()))
  return alignedText(cells)
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
