import {
  toJson,
  type DescEnum,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
} from '@bufbuild/protobuf'

/**
 * A message as the CLI prints it in JSON: names of fields as in proto, enum values in small letters without prefix
 * (`running`), values that are not set included. All else as protobuf's JSON has it: times in RFC 3339, durations as
 * `90s`, 64-bit numbers as texts, messages that are not set left out.
 */
export function jsonOf(schema: DescMessage, message: Message): JsonObject {
  const json = toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true }) as JsonObject
  return withShortEnums(schema, json)
}

function withShortEnums(schema: DescMessage, json: JsonObject): JsonObject {
  const result: JsonObject = {}
  for (const [name, value] of Object.entries(json)) {
    const field = schema.fields.find((candidate) => candidate.name === name)
    result[name] = field === undefined ? value : fieldValue(field, value)
  }
  return result
}

function fieldValue(field: DescField, value: JsonValue): JsonValue {
  switch (field.fieldKind) {
    case 'scalar':
      return value
    case 'enum':
      return shortName(field.enum, value)
    case 'message':
      return messageValue(field.message, value)
    case 'list':
      return (value as JsonValue[]).map((item) => elementValue(field, item))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([key, item]) => [key, elementValue(field, item)]),
      )
  }
}

function elementValue(field: DescField & { readonly fieldKind: 'list' | 'map' }, item: JsonValue): JsonValue {
  if (field.enum !== undefined) return shortName(field.enum, item)
  return field.message === undefined ? item : messageValue(field.message, item)
}

/** Times, durations and the like are texts in protobuf's JSON already. */
function messageValue(schema: DescMessage, value: JsonValue): JsonValue {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && !schema.typeName.startsWith('google.protobuf.') ? withShortEnums(schema, value) : value
}

/** A value that a newer server has, and this program does not know, stays its number. */
function shortName(schema: DescEnum, value: JsonValue): JsonValue {
  return schema.values.find(({ name }) => name === value)?.localName.toLowerCase() ?? value
}
