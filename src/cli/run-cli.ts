import { suggestion } from '../lib/closest.ts'
import type { ExitCode } from '../lib/errors.ts'
import { nouns } from '../gen/cli/nouns.ts'
import type { Api } from './api.ts'
import type { ErrorContext, OpenApi } from './run-command.ts'
import { splitCommandLine, wantsJsonErrors, type CommandLine } from './command-line.ts'
import { commandHelp, nounHelp, programHelp } from './help-text.ts'
import type { Surroundings } from './surroundings.ts'
import type { CommandTable, NounEntry, NounTable } from './table.ts'
import { usageError } from './usage-error.ts'
import { version } from './version.ts'

/**
 * Runs one command line, without the program's name, to its end and says with which code the program exits
 * (`exit-codes.ts`). Answers go to stdout, errors to stderr. Never rejects. What a command needs is loaded when it is
 * known: help texts load neither gRPC nor protobuf.
 */
export async function runCli(
  argv: readonly string[],
  surroundings: Surroundings,
  openApi: OpenApi = openGrpcApi,
): Promise<ExitCode> {
  const context: ErrorContext = { command: undefined, file: undefined }
  try {
    const line = splitCommandLine(argv)
    if (line.version) return print(surroundings, `trivet ${version()}\n`)
    if (line.noun === undefined) return nothingAsked(surroundings, line, programHelp(nouns))
    const entry = findNoun(line.noun, line.verb)
    if (line.verb === undefined) return nothingAsked(surroundings, line, nounHelp(entry))
    const noun = await entry.load()
    const table = findCommand(noun, line.verb)
    context.command = table
    if (line.help) return print(surroundings, commandHelp(table))
    const { parseCommand } = await import('./parse-command.ts')
    const parsed = parseCommand(table, line.rest)
    if (parsed.common.has('help')) return print(surroundings, commandHelp(table))
    const { runCommand } = await import('./run-command.ts')
    await runCommand({ noun, table, parsed, surroundings, openApi, context })
    return 0
  } catch (error) {
    // Whoever ended it has no use for a message about it.
    if (surroundings.signal.aborted) return 0
    const { reportError } = await import('./report-error.ts')
    const { stderr, env } = surroundings
    return reportError(error, { json: wantsJsonErrors(argv), stderr, env, context })
  }
}

function findNoun(noun: string, verb: string | undefined): NounEntry {
  const found = nouns.find((entry) => entry.noun === noun)
  if (found !== undefined) return found
  if (noun === 'serve') throw usageError('serve', '`serve` is the first word of its line; its flags stand behind it')
  const isSwapped = nouns.some((entry) => entry.noun === verb && entry.verbs.some((other) => other.verb === noun))
  const names = [...nouns.map((entry) => entry.noun), 'serve', 'help']
  const near = isSwapped ? `; did you mean ${verb} ${noun}?` : suggestion(noun, names)
  throw usageError('', `there is no noun ${JSON.stringify(noun)}${near}`)
}

function findCommand(noun: NounTable, verb: string): CommandTable {
  const found = noun.commands.find((command) => command.verb === verb)
  if (found !== undefined) return found
  const verbs = noun.commands.map((command) => command.verb)
  const near = suggestion(verb, verbs)
  const hint = near === '' ? `; there are ${verbs.join(', ')}` : near
  throw usageError(noun.noun, `${noun.noun} has no verb ${JSON.stringify(verb)}${hint}`)
}

/** A line that asks for nothing gets the help text, as an error unless it asked for that. */
function nothingAsked(surroundings: Surroundings, line: CommandLine, help: string): ExitCode {
  if (line.help) return print(surroundings, help)
  surroundings.stderr.write(help)
  return 2
}

function print({ stdout }: Surroundings, text: string): ExitCode {
  stdout.write(text)
  return 0
}

/** gRPC and protobuf take half of the time of a command: they are loaded when there is something to send. */
async function openGrpcApi(addresses: readonly string[], sayWaiting: (reason: string) => void): Promise<Api> {
  const { GrpcApi } = await import('./grpc-api.ts')
  return new GrpcApi(addresses, sayWaiting)
}
