import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { isTrivetError, TrivetError } from '../lib/errors.ts'
import { flagName } from './flag-name.ts'
import { flagValue, ValueError } from './flag-value.ts'
import type { ElementFile } from './element-file.ts'
import type { ParsedCommand } from './parse-command.ts'
import { readSecret } from './secret.ts'
import type { Surroundings } from './surroundings.ts'
import type { CommandTable, FieldTable } from './table.ts'
import { TextSource } from './text-source.ts'
import { usageError } from './usage-error.ts'

/** A request in protobuf's JSON with proto names, without the identity of a write. */
export interface BuiltRequest {
  readonly json: JsonObject
  /** The file of messages that the request was read from. */
  readonly file?: ElementFile
}

/**
 * Makes the request of a command: converts what was typed, reads files, asks for secrets. An update carries a mask of
 * the fields that were given, so that an empty value clears one. Nothing is sent yet.
 * Errors: USAGE, NODESET_INVALID, DURATION_INVALID, FILE_UNREADABLE, FILE_INVALID, IMPORT_REFUSED.
 */
export async function buildRequest(
  table: CommandTable,
  parsed: ParsedCommand,
  surroundings: Surroundings,
): Promise<BuiltRequest> {
  const command = `${table.noun} ${table.verb}`
  requireGiven(table, parsed, command)
  const source = new TextSource(surroundings.stdin, command)
  const json: JsonObject = {}
  const mask: string[] = []
  let file: ElementFile | undefined
  // Plain values first: a mistake in one of them is told before anything is read or asked.
  for (const field of [...fieldsOf(table)].sort((left, right) => sourceRank(left) - sourceRank(right))) {
    const texts = parsed.fields.get(field.path)
    if (field.source === 'secret') {
      if (texts === undefined && field.required !== true) continue
      set(json, field.path, await readSecret(field, texts?.[0], { source, surroundings, command }))
      continue
    }
    if (texts === undefined) continue
    if (field.path === 'etag') requireEtag(texts, command)
    if (field.masked === true) mask.push(field.path)
    if (field.kind === 'message') {
      file = await elementsOf(field, texts[0]!, source)
      set(json, field.path, [...file.elements])
      continue
    }
    const value = field.source === 'file' ? await source.read(texts[0]!) : named(table, field, texts)
    if (value !== undefined) set(json, field.path, value)
  }
  if (table.mask !== undefined && mask.length > 0) json[table.mask] = mask.map(lowerCamel).join(',')
  return file === undefined ? { json } : { json, file }
}

function fieldsOf(table: CommandTable): readonly FieldTable[] {
  return [...table.arguments, ...table.flags]
}

function sourceRank({ source, kind }: FieldTable): number {
  if (source === 'secret') return 2
  return source === 'file' || kind === 'message' ? 1 : 0
}

function requireGiven(table: CommandTable, parsed: ParsedCommand, command: string): void {
  const missing = table.flags.filter(
    ({ path, required, source }) => required === true && source !== 'secret' && !parsed.fields.has(path),
  )
  if (missing.length === 0) return
  const flags = missing.map((field) => `--${flagName(field)} ${field.placeholder}`)
  throw usageError(command, `${flags.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`)
}

/** For the API an empty etag is none; here it is what a `$(…)` that failed left, and the check would silently not be made. */
function requireEtag(texts: readonly string[], command: string): void {
  if (texts.includes('')) throw usageError(command, '--etag is empty; leave it out to change whatever is there')
}

/** The YAML parser is loaded when there is a file to parse. */
async function elementsOf(field: FieldTable, name: string, source: TextSource): Promise<ElementFile> {
  const text = await source.read(name)
  const { readElements } = await import('./element-file.ts')
  return readElements(field, { name, text })
}

/** The converted value; an error says which flag or argument it was. */
function named(table: CommandTable, field: FieldTable, texts: readonly string[]): JsonValue | undefined {
  const isArgument = table.arguments.includes(field)
  const name = isArgument ? field.placeholder : `--${flagName(field)}`
  try {
    return flagValue(field, texts)
  } catch (error) {
    if (error instanceof ValueError) throw usageError(`${table.noun} ${table.verb}`, `${name}: ${error.message}`)
    if (!isTrivetError(error)) throw error
    const violations = [{ field: name, description: String(error.params['reason'] ?? error.message) }]
    throw new TrivetError(error.code, error.params, { violations, cause: error })
  }
}

function set(json: JsonObject, path: string, value: JsonValue): void {
  const [name = '', rest] = path.split('.')
  if (rest === undefined) {
    json[name] = value
    return
  }
  const part = (json[name] ??= {}) as JsonObject
  part[rest] = value
}

/** Field masks have JSON names in protobuf's JSON. */
function lowerCamel(path: string): string {
  return path.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
