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
  /** Aborts at the end; never without a limit. */
  readonly signal: AbortSignal

  constructor({ timeoutMs }: Pick<RunSettings, 'timeoutMs'>, command: string) {
    this.#limitMs = timeoutMs
    this.#command = command
    this.signal = timeoutMs === undefined ? new AbortController().signal : AbortSignal.timeout(timeoutMs)
  }

  /** What is left for a call that answers once; its default where there is no limit. Throws what `error` makes. */
  forAnswer(): number {
    if (this.#limitMs === undefined) return timeoutMsDefault
    const leftMs = this.#limitMs - (performance.now() - this.#startedAt)
    if (leftMs <= 0) throw this.error()
    return Math.ceil(leftMs)
  }

  error(): Error {
    const limitMs = this.#limitMs ?? timeoutMsDefault
    return trivetError('DEADLINE_EXCEEDED', { what: `\`trivet ${this.#command}\``, limitMs })
  }
}

/** A command, or a method that the engine itself needs. */
type Asked = CommandTable | (Pick<CommandTable, 'service' | 'method'> & { readonly pages?: never })

/** Asks once, for all pages of a list. */
export function ask(run: Run, table: Asked, request: JsonObject): Promise<JsonObject> {
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

/** Opens a stream, which ends with the command's deadline at the latest. */
export async function* listen(
  run: Run,
  { service, method }: Pick<CommandTable, 'service' | 'method'>,
  request: JsonObject,
  left: AbortSignal = run.surroundings.signal,
): AsyncGenerator<JsonObject> {
  const signal = AbortSignal.any([left, run.surroundings.signal, run.deadline.signal])
  try {
    yield* run.api.stream({ service, method, request, signal })
  } catch (error) {
    throw run.deadline.signal.aborted ? run.deadline.error() : error
  }
}
