import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { cellText, printable } from './cell.ts'
import type { AnswerTable } from './table.ts'
import { alignedText, tableText, type TableForm } from './table-text.ts'

/** One value of a record, under its path. */
export interface Entry {
  readonly name: string
  readonly value: JsonValue
}

/**
 * An answer about one thing: a line for each value, texts of several lines as blocks below, then its lists as tables.
 * What belongs to the resource itself stands under its own names, everything else under its path.
 */
export function recordText(answer: JsonObject, table: AnswerTable, form: TableForm): string {
  const entries = recordEntries(answer, table)
  const lines = entries.filter(({ value }) => !isBlock(value)).map(({ name, value }) => [name, cellText(value)])
  const blocks = entries.flatMap(({ name, value }) => (isBlock(value) ? [`${name}:\n${indented(value)}`] : []))
  const sections = [
    alignedText(lines),
    ...blocks,
    ...(table.parts ?? []).flatMap(({ field, columns }) => {
      const rows = (answer[field] ?? []) as JsonObject[]
      return rows.length === 0 ? [] : [`${field}:\n${tableText(rows, columns, form)}`]
    }),
  ]
  return sections.filter((section) => section !== '').join('\n')
}

/** The values of an answer without its lists of messages, in the order of the proto. */
export function recordEntries(answer: JsonObject, table: AnswerTable): Entry[] {
  const lists = new Set([table.rows?.field, ...(table.parts ?? []).map(({ field }) => field)])
  return Object.entries(answer).flatMap(([name, value]) => {
    if (lists.has(name)) return []
    return isMessage(value) ? nestedEntries(name === table.resource ? '' : `${name}.`, value) : [{ name, value }]
  })
}

function nestedEntries(prefix: string, message: JsonObject): Entry[] {
  return Object.entries(message).flatMap(([name, value]) =>
    isMessage(value) ? nestedEntries(`${prefix}${name}.`, value) : [{ name: prefix + name, value }],
  )
}

function isMessage(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBlock(value: JsonValue): value is string {
  return typeof value === 'string' && value.includes('\n')
}

function indented(text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  ${printable(line)}`.trimEnd() + '\n')
    .join('')
}
