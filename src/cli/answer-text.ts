import type { JsonObject } from '@bufbuild/protobuf'
import { cellText } from './cell.ts'
import type { OutputFormat } from './program-flags.ts'
import { recordEntries, recordText } from './record-text.ts'
import type { CommandTable, RowsTable } from './table.ts'
import { alignedText, tableText, type TableForm } from './table-text.ts'

/** How an answer is to be shown. */
export interface AnswerForm extends TableForm {
  readonly format: OutputFormat
}

/** A whole answer in the form that was asked for, with a line end. */
export async function answerText(answer: JsonObject, table: CommandTable, form: AnswerForm): Promise<string> {
  switch (form.format) {
    case 'table':
      return humanText(answer, table, form)
    case 'json':
      return `${JSON.stringify(answer, undefined, 2)}\n`
    case 'yaml':
      return await yamlText(answer)
  }
}

/** One message of several: a line of JSON, a document of YAML. */
export async function messageText(message: JsonObject, format: Exclude<OutputFormat, 'table'>): Promise<string> {
  return format === 'json' ? `${JSON.stringify(message)}\n` : `---\n${await yamlText(message)}`
}

/** A list as a table, with what else a write has to say below it; anything else as a record. */
export function humanText(answer: JsonObject, table: CommandTable, form: TableForm): string {
  const { rows } = table.answer
  if (rows === undefined) return recordText(answer, table.answer, form)
  const list = tableText(answerRows(answer, rows), rows.columns, form)
  if (table.write === undefined) return list
  const rest = recordEntries(answer, table.answer).map(({ name, value }) => [name, cellText(value)])
  return rest.length === 0 ? list : `${list}\n${alignedText(rest)}`
}

/** The rows of one list of an answer. */
export function answerRows(answer: JsonObject, { field }: RowsTable): JsonObject[] {
  return (answer[field] ?? []) as JsonObject[]
}

async function yamlText(answer: JsonObject): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(answer, { lineWidth: 0 })
}
