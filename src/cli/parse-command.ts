import { Command, CommanderError, Option } from 'commander'
import { suggestion } from '../lib/closest.ts'
import { programFlagsOf } from './program-flags.ts'
import { flagName, flagNames } from './flag-name.ts'
import type { CommandTable, FieldTable } from './table.ts'
import { usageError } from './usage-error.ts'

/** What was typed behind noun and verb. */
export interface ParsedCommand {
  /** Texts that were given, by the field's path, in the order of the line. A bool's are `true` and `false`. */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** Common flags that were given, by name; `true` for those without a value. */
  readonly common: ReadonlyMap<string, string>
}

/**
 * Sorts the words of one command. Nothing is converted yet. With `--help` among the flags, arguments may be missing.
 * Errors: USAGE for a flag that the command does not have, a value or an argument that is missing, a word too much, or
 * a flag that is given twice.
 */
export function parseCommand(table: CommandTable, words: readonly string[]): ParsedCommand {
  const name = `${table.noun} ${table.verb}`
  const fields = new Map<string, string[]>()
  const common = new Map<string, string>()
  const command = new Command(name)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  for (const field of table.flags) addFieldFlag(command, field, fields)
  for (const flag of programFlagsOf(table)) {
    addFlag(command, flag, (value) => {
      if (common.has(flag.name)) throw usageError(name, `--${flag.name} is given twice`)
      common.set(flag.name, value)
    })
  }
  const { operands, unknown } = parseWords(command, name, words)
  if (unknown.length > 0) throw unknownFlag(table, unknown[0]!)
  for (const field of table.flags) {
    const texts = fields.get(field.path)
    if (texts !== undefined && texts.length > 1 && field.repeated !== true && field.kind !== 'map') {
      throw usageError(name, `--${flagName(field)} is given twice`)
    }
  }
  placeArguments(table, operands, { fields, isHelp: common.has('help') })
  return { fields, common }
}

function addFieldFlag(command: Command, field: FieldTable, fields: Map<string, string[]>): void {
  const take = (text: string): void => {
    const texts = fields.get(field.path)
    if (texts === undefined) fields.set(field.path, [text])
    else texts.push(text)
  }
  if (field.kind !== 'bool') return addFlag(command, { ...field, name: flagName(field) }, take)
  for (const name of flagNames(field)) {
    addFlag(command, { name }, () => take(name.startsWith('no-') ? 'false' : 'true'))
  }
}

function addFlag(
  command: Command,
  flag: { readonly name: string; readonly short?: string; readonly placeholder?: string },
  take: (value: string) => void,
): void {
  const short = flag.short === undefined ? '' : `-${flag.short}, `
  if (flag.placeholder === undefined) {
    command.addOption(new Option(`${short}--${flag.name}`))
    command.on(`option:${flag.name}`, () => take('true'))
    return
  }
  command.addOption(new Option(`${short}--${flag.name} <value>`).argParser((value) => take(value)))
}

function parseWords(command: Command, name: string, words: readonly string[]): ReturnType<Command['parseOptions']> {
  try {
    return command.parseOptions([...words])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Without its value, the last flag of the line is the only thing that commander itself can complain about here.
    throw usageError(name, `${words.at(-1)!} needs a value`)
  }
}

function placeArguments(
  table: CommandTable,
  operands: readonly string[],
  target: { readonly fields: Map<string, string[]>; readonly isHelp: boolean },
): void {
  const name = `${table.noun} ${table.verb}`
  const last = table.arguments.at(-1)
  table.arguments.forEach((field, at) => {
    const texts = field === last && field.repeated === true ? operands.slice(at) : operands.slice(at, at + 1)
    if (texts.length > 0) target.fields.set(field.path, [...texts])
  })
  if (target.isHelp) return
  const missing = table.arguments.filter(({ path }) => !target.fields.has(path)).map(({ placeholder }) => placeholder)
  if (missing.length > 0)
    throw usageError(name, `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`)
  if (last?.repeated === true || operands.length <= table.arguments.length) return
  const excess = JSON.stringify(operands[table.arguments.length])
  const taken = table.arguments.map(({ placeholder }) => placeholder).join(' ')
  const wants = taken === '' ? 'takes no argument' : `takes ${taken} and nothing more`
  throw usageError(name, `\`${name}\` ${wants}; ${excess} is too much`)
}

/** The value behind `=` is not repeated: it may be a secret. */
function unknownFlag(table: CommandTable, word: string) {
  const name = `${table.noun} ${table.verb}`
  const [flag = ''] = word.split('=', 1)
  const secret = table.flags.find(
    ({ path, source }) => source === 'secret' && flag === `--${path.replaceAll('_', '-')}`,
  )
  if (secret !== undefined) {
    const reason = `${flag} is a secret, which others could read on the command line: name a file that holds it by --${flagName(secret)}, - for stdin, or leave it out to be asked`
    return usageError(name, reason)
  }
  const known = [...programFlagsOf(table).map((each) => each.name), ...table.flags.flatMap(flagNames)]
  return usageError(
    name,
    `\`${name}\` has no flag ${flag}${suggestion(
      flag,
      known.map((each) => `--${each}`),
    )}`,
  )
}
