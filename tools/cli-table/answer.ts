import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf'
import type { AnswerTable, RowsTable, WorkTable } from '../../src/cli/table.ts'

/** What stands in an answer: the list or the resource that the command is about, and what else is in lists. */
export function answerTable(output: DescMessage, columns: readonly string[]): AnswerTable {
  const lists = output.fields.flatMap((field) => (listed(field) === undefined ? [] : [field]))
  const resource = resourceField(output)
  if (columns.length > 0) {
    const [list, ...others] = lists
    if (list === undefined) throw new Error(`${output.typeName} has no list that the columns could be of`)
    for (const column of columns) requirePath(listed(list)!, column)
    return { rows: { field: list.name, columns }, ...partsOf(others) }
  }
  return { ...(resource === undefined ? {} : { resource: resource.name }), ...partsOf(lists) }
}

/** The message of the one resource, or of one row: what the noun is about. */
export function subjectOf(output: DescMessage): DescMessage {
  const [list] = output.fields.flatMap((field) => listed(field) ?? [])
  return resourceField(output)?.message ?? list ?? output
}

/** The first single message of an answer. */
export function resourceField(output: DescMessage): (DescField & { readonly message: DescMessage }) | undefined {
  for (const field of output.fields) {
    if (field.fieldKind === 'message' && !isWellKnown(field.message)) return field
  }
  return undefined
}

/** What a stream shows: a resource and its parts, or a log of what is in its messages. */
export function streamTable(output: DescMessage): AnswerTable {
  const answer = answerTable(output, [])
  return answer.resource === undefined ? { ...answer, log: plainColumns(output) } : answer
}

/** How the answer's resource ends by itself: it has `completed_at`, and one state that can be `completed`. */
export function workTable(output: DescMessage): WorkTable | undefined {
  const resource = resourceField(output)
  if (resource === undefined || !resource.message.fields.some(({ name }) => name === 'completed_at')) return undefined
  const states = resource.message.fields.filter(
    (field) => field.fieldKind === 'enum' && field.enum.values.some(({ localName }) => localName === 'COMPLETED'),
  )
  const [state] = states
  if (state === undefined || states.length > 1)
    throw new Error(`${resource.message.typeName} has no one state that ends`)
  return { resource: resource.name, state: state.name, columns: ['id', ...plainColumns(resource.message)] }
}

function listed(field: DescField): DescMessage | undefined {
  return field.fieldKind === 'list' && field.listKind === 'message' ? field.message : undefined
}

function partsOf(fields: readonly DescField[]): { readonly parts?: readonly RowsTable[] } {
  if (fields.length === 0) return {}
  return { parts: fields.map((field) => ({ field: field.name, columns: plainColumns(listed(field)!) })) }
}

/**
 * The columns of a list that no option describes: its single values without ids of other things, which the name
 * beside them says better. What can be long stands last.
 */
export function plainColumns(row: DescMessage): string[] {
  const names = row.fields.filter((field) => isPlain(field) && !hidden.test(field.name)).map(({ name }) => name)
  return [...names.filter((name) => !long.test(name)), ...names.filter((name) => long.test(name))]
}

const hidden = /_id$|^(?:id|etag|incarnation|bookmark)$/
const long = /(?:error|error_message|reason)$/

function isPlain(field: DescField): boolean {
  if (field.fieldKind === 'scalar') return field.scalar !== ScalarType.BYTES
  return field.fieldKind === 'enum' || (field.fieldKind === 'message' && isWellKnown(field.message))
}

function isWellKnown(message: DescMessage): boolean {
  return message.typeName.startsWith('google.protobuf.')
}

function requirePath(row: DescMessage, path: string): void {
  let message: DescMessage | undefined = row
  for (const name of path.split('.')) {
    const field: DescField | undefined = message?.fields.find((candidate) => candidate.name === name)
    if (field === undefined) throw new Error(`${row.typeName} has no column ${path}`)
    message = field.fieldKind === 'message' ? field.message : undefined
  }
}
