import { ScalarType, type DescEnum, type DescField, type DescMessage } from '@bufbuild/protobuf'
import type { EnumValueTable, FieldTable, ValueKind } from '../../src/cli/table.ts'
import { commentOf } from './comment.ts'
import type { OptionReader } from './options.ts'

const scalarKinds: Readonly<Partial<Record<ScalarType, ValueKind>>> = {
  [ScalarType.STRING]: 'string',
  [ScalarType.BOOL]: 'bool',
  [ScalarType.INT32]: 'int32',
  [ScalarType.UINT32]: 'uint32',
  [ScalarType.INT64]: 'int64',
  [ScalarType.UINT64]: 'uint64',
}

/** What a field's table cannot say by itself. */
interface FieldSurroundings {
  readonly options: OptionReader
  /** Path of the message that the field is in: `spec.`; empty for the request itself. */
  readonly prefix: string
  /** True for a name that an update mask may hold. */
  readonly isMasked: (name: string) => boolean
}

/**
 * The flags of one request field: one, or one for each field of a message (one level deep, `--spec.kernel`).
 * Throws for a field that no flag can express yet, so that a method is never half usable.
 */
export function fieldTables(field: DescField, surroundings: FieldSurroundings): FieldTable[] {
  const message = nestedMessage(field)
  if (message === undefined || surroundings.options.field(field).fromFile) return [fieldTable(field, surroundings)]
  if (surroundings.prefix !== '') throw refusal(field, 'a message within a message needs the option from_file')
  const nested = { ...surroundings, prefix: `${field.name}.` }
  return message.fields.flatMap((part) => fieldTables(part, nested))
}

function fieldTable(field: DescField, surroundings: FieldSurroundings): FieldTable {
  const { options, prefix, isMasked } = surroundings
  const { nodeset, secret, fromFile, placeholder } = options.field(field)
  const kind = kindOf(field)
  const isText = kind === 'string' && field.fieldKind === 'scalar'
  if (nodeset && !isText) throw refusal(field, 'only a single string holds a nodeset')
  if (secret && !isText) throw refusal(field, 'only a single string holds a secret')
  if (fromFile && !isText && kind !== 'message') throw refusal(field, 'only strings and messages are read from a file')
  return {
    path: prefix + field.name,
    kind,
    placeholder: placeholder === '' ? placeholderOf(field, kind, { nodeset, fromFile, secret }) : placeholder,
    help: commentOf(field),
    ...(options.isRequired(field) ? { required: true } : {}),
    ...(field.fieldKind === 'list' && kind !== 'message' ? { repeated: true } : {}),
    ...(nodeset ? { nodeset: true } : {}),
    ...(secret ? { source: 'secret' } : fromFile ? { source: 'file' } : {}),
    ...(isMasked(field.name) ? { masked: true } : {}),
    ...(kind === 'enum' ? { values: enumValues(enumOf(field)) } : {}),
    ...(kind === 'message' ? { elements: elementTables(field, surroundings) } : {}),
  }
}

function kindOf(field: DescField): ValueKind {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarKind(field, field.scalar)
    case 'enum':
      return 'enum'
    case 'message':
      if (field.message.typeName === 'google.protobuf.Duration') return 'duration'
      throw refusal(field, `${field.message.typeName} has no form on a command line`)
    case 'list':
      if (field.listKind === 'scalar') return scalarKind(field, field.scalar)
      return field.listKind === 'enum' ? 'enum' : 'message'
    case 'map':
      if (field.mapKind === 'scalar' && field.mapKey === ScalarType.STRING && field.scalar === ScalarType.STRING) {
        return 'map'
      }
      throw refusal(field, 'only maps of string to string have a form on a command line')
  }
}

function scalarKind(field: DescField, scalar: ScalarType): ValueKind {
  const kind = scalarKinds[scalar]
  if (kind === undefined) throw refusal(field, `${ScalarType[scalar]} has no form on a command line`)
  return kind
}

/** The message whose fields become flags of their own; undefined for everything that is one value. */
function nestedMessage(field: DescField): DescMessage | undefined {
  if (field.fieldKind === 'list' && field.listKind === 'message') return field.message
  if (field.fieldKind !== 'message' || field.message.typeName.startsWith('google.protobuf.')) return undefined
  return field.message
}

/** Elements of a file hold single values only: a file is as flat as a table. */
function elementTables(field: DescField, { options }: FieldSurroundings): FieldTable[] {
  const message = nestedMessage(field)
  if (message === undefined || field.fieldKind !== 'list') throw refusal(field, 'only a list of messages is read so')
  return message.fields.map((part) => {
    const [table] = fieldTables(part, { options, prefix: '', isMasked: () => false })
    const isPlain = part.fieldKind === 'scalar' || part.fieldKind === 'enum' || table?.kind === 'duration'
    if (table === undefined || table.source !== undefined || !isPlain) throw refusal(part, 'a file holds plain values')
    return table
  })
}

function enumOf(field: DescField): DescEnum {
  if (field.fieldKind === 'enum' || (field.fieldKind === 'list' && field.listKind === 'enum')) return field.enum
  throw refusal(field, 'it is no enum')
}

function enumValues(desc: DescEnum): EnumValueTable[] {
  return desc.values
    .filter((value) => value.number !== 0)
    .map((value) => ({ name: value.localName.toLowerCase(), proto: value.name, help: commentOf(value) }))
}

function placeholderOf(
  field: DescField,
  kind: ValueKind,
  facts: { readonly nodeset: boolean; readonly fromFile: boolean; readonly secret: boolean },
): string {
  if (facts.fromFile || facts.secret) return 'FILE'
  if (facts.nodeset) return 'NODES'
  switch (kind) {
    case 'enum':
      return enumValues(enumOf(field))
        .map(({ name }) => name)
        .join('|')
    case 'duration':
      return 'DURATION'
    case 'map':
      return 'KEY=VALUE'
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64':
      return 'NUMBER'
    case 'string':
    case 'bool':
    case 'message':
      return field.name.toUpperCase().replaceAll('_', '-')
  }
}

function refusal(field: DescField, reason: string): Error {
  return new Error(`${field.toString()}: ${reason}`)
}
