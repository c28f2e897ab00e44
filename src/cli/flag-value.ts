import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { closest } from '../lib/closest.ts'
import { parseDuration } from '../lib/duration.ts'
import { parseNodeset } from '../lib/nodeset-parse.ts'
import type { FieldTable, ValueKind } from './table.ts'

/** A text that is not the value that its field holds. The message begins behind the field's name. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

type IntegerKind = Extract<ValueKind, 'int32' | 'uint32' | 'int64' | 'uint64'>

const integerRanges: Readonly<Record<IntegerKind, { readonly min: bigint; readonly max: bigint }>> = {
  int32: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  uint32: { min: 0n, max: 2n ** 32n - 1n },
  int64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  uint64: { min: 0n, max: 2n ** 64n - 1n },
}

/**
 * The value of a field, in the form that protobuf's JSON has it, from the texts that were given for it.
 * Undefined means an empty value: the field is cleared. Throws ValueError, or TrivetError for a nodeset or a duration.
 */
export function flagValue(field: FieldTable, texts: readonly string[]): JsonValue | undefined {
  if (field.kind === 'map') return mapValue(texts)
  if (field.repeated === true)
    return texts.length === 1 && texts[0] === '' ? undefined : texts.map((text) => single(field, text))
  const text = texts[0]!
  // An empty nodeset is refused, never "all": it is what an unset shell variable leaves behind.
  if (text === '' && field.nodeset !== true) return undefined
  return single(field, text)
}

function single(field: FieldTable, text: string): JsonValue {
  switch (field.kind) {
    case 'string':
      if (field.nodeset === true) parseNodeset(text)
      return text
    case 'bool':
      return boolValue(text)
    case 'enum':
      return enumValue(field, text)
    case 'duration':
      return `${(parseDuration(text) / 1000).toFixed(3)}s`
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64':
      return integerValue(field.kind, text)
    case 'map':
    case 'message':
      throw new Error(`${field.path}: ${field.kind} is not one text`)
  }
}

function boolValue(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new ValueError(`${JSON.stringify(text)} is neither true nor false`)
}

/** 64-bit numbers are texts in protobuf's JSON, because JSON's own numbers lose digits. */
function integerValue(kind: IntegerKind, text: string): string {
  if (!/^-?[0-9]{1,20}$/.test(text)) throw new ValueError(`${JSON.stringify(text)} is not a whole number`)
  const { min, max } = integerRanges[kind]
  const number = BigInt(text)
  if (number < min || number > max) throw new ValueError(`${text} is out of range ${min}–${max}`)
  return number.toString()
}

function enumValue(field: FieldTable, text: string): string {
  const wanted = text.toLowerCase().replaceAll('-', '_')
  const values = field.values ?? []
  const found = values.find(({ name }) => name === wanted)
  if (found !== undefined) return found.proto
  const names = values.map(({ name }) => name)
  const meant = closest(wanted, names)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new ValueError(`${JSON.stringify(text)} is none of ${names.join(', ')}${hint}`)
}

function mapValue(texts: readonly string[]): JsonObject | undefined {
  if (texts.length === 1 && texts[0] === '') return undefined
  const pairs = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 1) throw new ValueError(`${JSON.stringify(text)} is not key=value`)
    const key = text.slice(0, at)
    if (pairs.has(key)) throw new ValueError(`key ${JSON.stringify(key)} is given twice`)
    pairs.set(key, text.slice(at + 1))
  }
  return Object.fromEntries(pairs)
}
