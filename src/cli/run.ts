import type { JsonObject } from '@bufbuild/protobuf'
import { trivetError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import { timeoutMsDefault } from './limits.ts'
import { allPages } from './pages.ts'
import type { RunSettings } from './run-settings.ts'
import type { Surroundings } from './surroundings.ts'
import type { CommandTable, NounTable } from './table.ts'

/** One command being carried out. */
export interface Run {
  readonly noun: NounTable
  readonly table: CommandTable
  readonly settings: RunSettings
  readonly surroundings: Surroundings
  readonly api: Api
  readonly request: JsonObject
  readonly deadline: Deadline
}

/** The end of the whole command, which may need many calls. */
export class Deadline {
  readonly #startedAt = performance.now()
  readonly #limitMs: number | undefined
  readonly #command: string

  constructor(settings: Pick<RunSettings, 'timeoutMs'>, command: string) {
    this.#limitMs = settings.timeoutMs
    this.#command = command
  }

  /** What is left for a call that answers once: never more than its default. Throws DEADLINE_EXCEEDED at the end. */
  forAnswer(): number {
    return this.forStream() ?? timeoutMsDefault
  }

  /** What is left for a stream; undefined for no limit. Throws DEADLINE_EXCEEDED at the end. */
  forStream(): number | undefined {
    if (this.#limitMs === undefined) return undefined
    const leftMs = this.#limitMs - (performance.now() - this.#startedAt)
    if (leftMs > 0) return Math.ceil(leftMs)
    throw trivetError('DEADLINE_EXCEEDED', { what: `\`trivet ${this.#command}\``, limitMs: this.#limitMs })
  }
}

/** Asks once, for all pages of a list. */
export function ask(run: Run, table: CommandTable, request: JsonObject): Promise<JsonObject> {
  const { service, method } = table
  const call = (page: JsonObject): Promise<JsonObject> =>
    run.api.call({
      service,
      method,
      request: page,
      timeoutMs: run.deadline.forAnswer(),
      signal: run.surroundings.signal,
    })
  return table.pages === true ? allPages(table, request, call) : call(request)
}

/** Opens the stream of a command. */
export function listen(run: Run, table: CommandTable, request: JsonObject): AsyncIterable<JsonObject> {
  const { service, method } = table
  return run.api.stream({
    service,
    method,
    request,
    timeoutMs: run.deadline.forStream(),
    signal: run.surroundings.signal,
  })
}
