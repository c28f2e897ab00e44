import type { JsonObject } from '@bufbuild/protobuf'
import type { Api } from './api.ts'
import { printable } from './cell.ts'
import type { ElementFile } from './element-file.ts'
import { execute } from './execute.ts'
import type { ParsedCommand } from './parse-command.ts'
import { buildRequest } from './request.ts'
import { Deadline } from './run.ts'
import { runSettings, type RunSettings } from './run-settings.ts'
import type { Surroundings } from './surroundings.ts'
import type { CommandTable, NounTable } from './table.ts'

/** Opens the API at these addresses. */
export type OpenApi = (addresses: readonly string[], sayWaiting: (reason: string) => void) => Promise<Api>

/** What was known when an error came. */
export interface ErrorContext {
  command: CommandTable | undefined
  file: ElementFile | undefined
}

/** Carries out one command: nothing is sent before all that was typed and named is read and found right. */
export async function runCommand(given: {
  readonly noun: NounTable
  readonly table: CommandTable
  readonly parsed: ParsedCommand
  readonly surroundings: Surroundings
  readonly openApi: OpenApi
  readonly context: ErrorContext
}): Promise<void> {
  const { noun, table, parsed, surroundings } = given
  const settings = runSettings(table, parsed, surroundings.env)
  const built = await buildRequest(table, parsed, surroundings)
  given.context.file = built.file
  const api = await given.openApi(settings.addresses, (reason) => sayWaiting(reason, settings, surroundings))
  try {
    const request = { ...built.json, ...writeOptions(table, settings) }
    const deadline = new Deadline(settings, `${table.noun} ${table.verb}`)
    await execute({ noun, table, settings, surroundings, api, request, deadline })
  } finally {
    api.close()
  }
}

/** A line on stderr for whoever sits there and waits. */
function sayWaiting(reason: string, { format }: RunSettings, { stderr }: Surroundings): void {
  const line = format === 'json' ? JSON.stringify({ waiting: reason }) : `waiting: ${printable(reason)}`
  stderr.write(`${line}\n`)
}

/** The caller's part of a write's identity; the client library adds the rest. */
function writeOptions(table: CommandTable, { reason, requestId }: RunSettings): JsonObject {
  if (table.write === undefined) return {}
  return { [table.write]: requestId === '' ? { reason } : { reason, request_id: requestId, retry: true } }
}
