import { HistoryBuilder } from '../format/history-builder.ts'
import type { Start } from '../format/history-event.ts'
import type { History } from '../format/history.ts'
import type { Condition, Operation, RefusalReason, Result } from '../format/operation.ts'
import type { Open } from '../history-recorder.ts'
import { HistoryRecorder } from '../history-recorder.ts'

/** A history told call by call. */
export class Story {
  readonly #builder = new HistoryBuilder()
  readonly #recorder: HistoryRecorder
  #clock = 0

  constructor(start: Pick<Start, 'revision' | 'rows'> = {}) {
    this.#recorder = new HistoryRecorder({
      sink: (event) => this.#builder.add(event),
      now: () => this.#clock++,
      start,
    })
  }

  /** A call that begins and stays open for now. */
  begin(
    process: string,
    operation: Operation,
    identity?: { readonly request?: string; readonly retry?: boolean },
  ): Open {
    return this.#recorder.begin(process, operation, identity)
  }

  /** A call that is over before anything else happens. */
  call(
    process: string,
    operation: Operation,
    result: Result,
    identity?: { readonly request?: string; readonly retry?: boolean },
  ): this {
    this.begin(process, operation, identity).end(result)
    return this
  }

  change(revision: number, request?: string, outcome: 'ok' | 'refused' = 'ok', process = 'watcher'): this {
    this.#recorder.change(process, { revision, outcome, ...(request !== undefined && { request }) })
    return this
  }

  get history(): History {
    return this.#builder.build()
  }
}

export function put(key: string, value: string, condition?: Condition): Operation {
  return { kind: 'put', key, value, ...(condition !== undefined && { if: condition }) }
}

export function remove(key: string, revision?: number): Operation {
  return { kind: 'delete', key, ...(revision !== undefined && { if: { revision } }) }
}

export function get(key: string): Operation {
  return { kind: 'get', key }
}

export function staleGet(key: string): Operation {
  return { kind: 'get', key, stale: true }
}

export function list(prefix: string): Operation {
  return { kind: 'list', prefix }
}

/** A write that was carried out. */
export function ok(revision: number): Result {
  return { kind: 'ok', revision }
}

/** A read that shows a row, at the revision of the state. */
export function shows(value: string, of: { readonly row: number; readonly at: number }): Result {
  return { kind: 'ok', revision: of.at, row: { value, revision: of.row } }
}

export function showsNothing(at: number): Result {
  return { kind: 'ok', revision: at, row: null }
}

/** A list: rows as `[key, value, revision]`. */
export function showsRows(at: number, ...rows: readonly (readonly [string, string, number])[]): Result {
  return { kind: 'ok', revision: at, rows: rows.map(([key, value, revision]) => ({ key, value, revision })) }
}

export function refused(reason: RefusalReason, revision: number): Result {
  return { kind: 'refused', reason, revision }
}

export const unknown: Result = { kind: 'unknown' }

export const failed: Result = { kind: 'failed' }
