import type { DescField, DescMethod } from '@bufbuild/protobuf'
import type { CommandTable, FieldTable } from '../../src/cli/table.ts'
import { programFlagNames } from '../../src/cli/program-flags.ts'
import { flagNames } from '../../src/cli/flag-name.ts'
import { answerTable, resourceField, streamTable, workTable } from './answer.ts'
import { commentOf, firstSentence } from './comment.ts'
import { fieldTables } from './field.ts'
import type { CliOptions, MethodOptions, OptionReader } from './options.ts'

/** Fields that every list has; the CLI follows pages by itself. */
const pageFields = new Set(['page_size', 'page_token'])

/** The command of one method that has a noun and a verb. */
export function commandTable(method: DescMethod, options: OptionReader): CommandTable {
  const facts = options.method(method)
  const cli = facts.cli!
  if (method.methodKind !== 'unary' && method.methodKind !== 'server_streaming') {
    throw new Error(`${method.toString()}: a command sends one request`)
  }
  const streams = method.methodKind === 'server_streaming'
  const { fields } = method.input
  const write = fields.find((field) => messageName(field) === 'trivet.api.v1.WriteOptions')
  const mask = fields.find((field) => messageName(field) === 'google.protobuf.FieldMask')
  const pages = fields.some(({ name }) => name === 'page_token')
  const isMasked = maskedNames(method, mask)
  const tables = fields
    .filter((field) => field !== write && field !== mask && !(pages && pageFields.has(field.name)))
    .flatMap((field) => fieldTables(field, { options, prefix: '', isMasked }))
  const work = workTable(method.output)
  const help = commentOf(method)
  const command: CommandTable = {
    noun: cli.noun,
    verb: cli.verb,
    service: method.parent.typeName,
    method: method.name,
    summary: firstSentence(help),
    help,
    ...placed(method, tables, cli),
    examples: cli.examples,
    answer: streams ? streamTable(method.output) : answerTable(method.output, cli.columns),
    ...(write === undefined ? {} : { write: write.name }),
    ...(mask === undefined ? {} : { mask: mask.name }),
    ...(streams ? { streams: true } : {}),
    ...(pages ? { pages: true } : {}),
    ...(isWatchable(facts, streams) ? { watchable: true } : {}),
    ...(streams && work !== undefined ? { follows: work } : {}),
  }
  requireDistinctFlags(method, command)
  if (facts.readOnly !== (write === undefined)) {
    throw new Error(`${method.toString()}: a write carries WriteOptions and is not read_only, and the other way round`)
  }
  return command
}

/**
 * Says of each command that starts work which verb of its noun follows that work: `watch` where there is one, else
 * `get`. A command starts work when its answer holds it and its request does not name it. Work is shown with the
 * columns of its list.
 */
export function withFollowers(
  commands: readonly { readonly table: CommandTable; readonly method: DescMethod }[],
): CommandTable[] {
  return commands.map(({ table, method }) => {
    const verbs = commands.map((other) => other.table).filter(({ noun }) => noun === table.noun)
    const columns = verbs.find(({ verb }) => verb === 'list')?.answer.rows?.columns
    const found = workTable(method.output)
    if (found === undefined) return table
    const work = columns === undefined ? found : { ...found, columns }
    if (table.follows !== undefined) return { ...table, follows: work }
    const names = method.input.fields.map(({ name }) => name)
    if (table.write === undefined || names.includes(work.resource)) return table
    const verb = ['watch', 'get'].find((candidate) => verbs.some((other) => other.verb === candidate))
    if (verb === undefined) throw new Error(`${method.toString()}: no verb shows how its work stands`)
    return { ...table, starts: { ...work, verb } }
  })
}

/** Arguments in the order of the option, flags in the order of the request. */
function placed(
  method: DescMethod,
  tables: readonly FieldTable[],
  cli: CliOptions,
): Pick<CommandTable, 'arguments' | 'flags'> {
  const placedArguments = cli.arguments.map((name) => {
    const table = tables.find(({ path }) => path === name)
    if (table === undefined) throw new Error(`${method.toString()}: argument ${name} is no field of the request`)
    if (table.source === 'secret') throw new Error(`${method.toString()}: ${name} is a secret, never an argument`)
    return table
  })
  const severalBeforeEnd = placedArguments.slice(0, -1).find(({ repeated }) => repeated === true)
  if (severalBeforeEnd !== undefined) {
    throw new Error(`${method.toString()}: ${severalBeforeEnd.path} takes several words and must come last`)
  }
  return { arguments: placedArguments, flags: tables.filter(({ path }) => !cli.arguments.includes(path)) }
}

/**
 * An update mask names fields of the resource. A reference has the resource's `template_id` as `template` in the
 * request. What the resource does not have (the etag that was read, a message for the history) is no change of it.
 */
function maskedNames(method: DescMethod, mask: DescField | undefined): (name: string) => boolean {
  const resource = resourceField(method.output)?.message
  if (mask === undefined) return () => false
  if (resource === undefined) throw new Error(`${method.toString()}: it changes nothing that its answer shows`)
  const names = new Set(resource.fields.map(({ name }) => name))
  names.delete('etag')
  return (name) => names.has(name) || names.has(`${name}_id`)
}

/** Peers answer local questions about themselves, which no change of the state announces. */
function isWatchable({ readOnly, localAnswer }: MethodOptions, streams: boolean): boolean {
  return readOnly && !localAnswer && !streams
}

function messageName(field: DescField): string | undefined {
  return field.fieldKind === 'message' ? field.message.typeName : undefined
}

function requireDistinctFlags(method: DescMethod, command: CommandTable): void {
  const taken = new Set<string>(programFlagNames)
  for (const name of command.flags.flatMap(flagNames)) {
    if (taken.has(name)) throw new Error(`${method.toString()}: two flags are called --${name}`)
    taken.add(name)
  }
}
