import type { JsonObject, JsonValue } from '@bufbuild/protobuf'

/** The value at a path of proto names, undefined where something on the way is not set. */
export function valueAt(row: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = row
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = value[name]
  }
  return value
}

/** A value as a person reads it in a table, on one line; `-` for what is not set. */
export function cellText(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === '' || value === 'unspecified') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cellText).join(',')
  if (typeof value === 'object') return printable(JSON.stringify(value))
  return printable(shortTime(String(value)))
}

/** True for what is shown as `-`. */
export function isUnset(value: JsonValue | undefined): boolean {
  return cellText(value) === '-'
}

/**
 * Control characters made visible. What BMCs and nodes report reaches the terminal of an admin here, and must not
 * speak to it.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Tables show times to the second. */
function shortTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{1,9}Z$/, '$1Z')
}
