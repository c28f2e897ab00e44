import { closest, suggestion } from '../lib/closest.ts'
import { parseDuration } from '../lib/duration.ts'
import { isTrivetError } from '../lib/errors.ts'
import { isServiceVariable } from '../lib/service-variables.ts'
import { isUuid } from '../lib/uuid7.ts'
import { outputFormats, type ProgramFlagName, type OutputFormat } from './program-flags.ts'
import type { ParsedCommand } from './parse-command.ts'
import { serverAddresses } from './server-addresses.ts'
import type { Surroundings } from './surroundings.ts'
import type { CommandTable } from './table.ts'
import { usageError } from './usage-error.ts'

/** What the common flags say about one run. */
export interface RunSettings {
  readonly addresses: readonly string[]
  readonly format: OutputFormat
  /** Tables have a first line. */
  readonly header: boolean
  /** Undefined is the default: 30 s for a question, no limit for what follows. */
  readonly timeoutMs: number | undefined
  readonly watch: boolean
  readonly wait: boolean
  readonly reason: string
  /** Empty for a new request. */
  readonly requestId: string
}

/** Reads the common flags. Errors: USAGE. */
export function runSettings(table: CommandTable, { common }: ParsedCommand, env: Surroundings['env']): RunSettings {
  const command = `${table.noun} ${table.verb}`
  const given = (name: ProgramFlagName): string | undefined => common.get(name)
  return {
    addresses: serverAddresses(given('server') ?? serverOfEnvironment(env, command), command),
    format: outputFormat(given('output'), command),
    header: given('no-header') === undefined,
    timeoutMs: timeoutMs(given('timeout'), command),
    watch: given('watch') !== undefined,
    wait: given('wait') !== undefined,
    reason: given('reason') ?? '',
    requestId: requestId(given('request-id'), command),
  }
}

/**
 * What TRIVET_SERVER says; undefined when it is empty. A variable that only looks like it is a mistake: the command
 * would go to another cluster.
 */
function serverOfEnvironment(env: Surroundings['env'], command: string): string | undefined {
  for (const [name, value] of Object.entries(env)) {
    if (name === 'TRIVET_SERVER' || !name.startsWith('TRIVET_') || value === '' || isServiceVariable(name)) continue
    const word = name.slice('TRIVET_'.length)
    if (!word.startsWith('SERVER') && closest(word, ['SERVER']) === undefined) continue
    throw usageError(command, `the environment has ${name}, which says nothing; did you mean TRIVET_SERVER?`)
  }
  return env['TRIVET_SERVER'] === '' ? undefined : env['TRIVET_SERVER']
}

function outputFormat(text: string | undefined, command: string): OutputFormat {
  const found = outputFormats.find((format) => format === (text ?? 'table'))
  if (found !== undefined) return found
  const near = suggestion(text ?? '', outputFormats)
  throw usageError(command, `--output: ${JSON.stringify(text)} is none of ${outputFormats.join(', ')}${near}`)
}

function timeoutMs(text: string | undefined, command: string): number | undefined {
  if (text === undefined) return undefined
  try {
    const parsedMs = parseDuration(text)
    if (parsedMs > 0) return parsedMs
  } catch (error) {
    if (!isTrivetError(error, 'DURATION_INVALID')) throw error
    throw usageError(command, `--timeout: ${error.message}`)
  }
  throw usageError(command, '--timeout is longer than 0s')
}

function requestId(text: string | undefined, command: string): string {
  if (text === undefined || isUuid(text)) return text ?? ''
  throw usageError(command, `--request-id: ${JSON.stringify(text)} is not a UUID in small letters`)
}
