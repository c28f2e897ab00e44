import type { Begin, Change, End, HistoryEvent, Start } from './history-event.ts'
import type { History, Recorded, RecordedChange } from './history.ts'
import { never } from './history.ts'
import type { Operation, Result } from './operation.ts'
import { isWrite } from './operation.ts'

/** An operation while its end may still come. */
type Growing = { -readonly [Field in keyof Recorded]: Recorded[Field] } & { result: Result }

/**
 * Puts a history together from its events, one a line. Throws an `Error` that says what is wrong with an event that
 * does not fit those before it.
 */
export class HistoryBuilder {
  #line = 0
  #at = Number.NEGATIVE_INFINITY
  #start: Start | undefined
  readonly #operations: Growing[] = []
  readonly #byNumber = new Map<number, Growing>()
  readonly #requests = new Map<string, Growing>()
  readonly #changes: RecordedChange[] = []
  /** Lines of the first answer with a revision, and without one. */
  readonly #revisionLines: { with?: number; without?: number } = {}

  /** Line of the last event. */
  get line(): number {
    return this.#line
  }

  add(event: HistoryEvent): void {
    this.#line += 1
    if (this.#line === 1 && event.event !== 'start') throw new Error('a history begins with its start')
    if (event.event === 'start') return this.#begin(event)
    if (!(event.at >= this.#at)) throw new Error(`"at" goes back from ${this.#at} to ${event.at}`)
    this.#at = event.at
    if (event.event === 'begin') this.#open(event)
    else if (event.event === 'end') this.#close(event)
    else this.#change(event)
  }

  /** The history. Throws when there is nothing in it to judge, for that would be called right. */
  build(): History {
    if (this.#start === undefined) throw new Error('the file is empty')
    if (this.#operations.length === 0) throw new Error('the history has no operations')
    const { with: first, without } = this.#revisionLines
    if (first !== undefined && without !== undefined) {
      throw new Error(`the answer of line ${without} names no revision, that of line ${first} does: all do, or none`)
    }
    return {
      start: { revision: this.#start.revision ?? 0, rows: this.#start.rows ?? [] },
      operations: this.#operations,
      changes: this.#changes,
      hasRevisions: first !== undefined,
    }
  }

  #begin(start: Start): void {
    if (this.#line > 1) throw new Error('a history has one start, in its first line')
    const revision = start.revision ?? 0
    const keys = new Set<string>()
    for (const row of start.rows ?? []) {
      if (row.revision > revision) throw new Error(`row ${row.key} is of revision ${row.revision}, behind the start`)
      if (keys.has(row.key)) throw new Error(`row ${row.key} is there twice`)
      keys.add(row.key)
    }
    this.#start = start
  }

  #open({ op, process, operation, request, retry }: Begin): void {
    if (this.#byNumber.has(op)) throw new Error(`operation ${op} has begun already`)
    if (request !== undefined && !isWrite(operation)) throw new Error('only a write has a request id')
    if (retry === true && request === undefined) throw new Error('a retry needs the request id of the first try')
    const opened: Growing = {
      process,
      operation,
      request,
      retry: retry === true,
      begin: this.#line,
      end: never,
      result: { kind: 'unknown' },
    }
    if (request !== undefined) this.#requireSame(request, opened)
    this.#byNumber.set(op, opened)
    this.#operations.push(opened)
  }

  #requireSame(request: string, opened: Growing): void {
    const first = this.#requests.get(request)
    if (first === undefined) this.#requests.set(request, opened)
    else if (JSON.stringify(first.operation) !== JSON.stringify(opened.operation)) {
      throw new Error(`request ${request} is another one than in line ${first.begin}`)
    }
  }

  #close({ op, result }: End): void {
    const opened = this.#byNumber.get(op)
    if (opened === undefined) throw new Error(`operation ${op} has not begun`)
    if (opened.end !== never) throw new Error(`operation ${op} has ended already, in line ${opened.end}`)
    const misfit = misfitOf(opened.operation, result)
    if (misfit !== undefined) throw new Error(`a ${opened.operation.kind} ${misfit}`)
    if (result.kind === 'ok' || result.kind === 'refused') {
      this.#revisionLines[result.revision === undefined ? 'without' : 'with'] ??= this.#line
    }
    opened.end = this.#line
    opened.result = result
  }

  #change(change: Change): void {
    this.#changes.push({ ...change, line: this.#line })
  }
}

/** Why an operation cannot end like this; undefined if it can. */
function misfitOf(operation: Operation, result: Result): string | undefined {
  if (result.kind === 'refused')
    return isWrite(operation) ? undefined : 'is never refused: what it shows may be nothing'
  if (result.kind !== 'ok') return undefined
  const wanted = { put: '', delete: '', get: 'row', list: 'rows' }[operation.kind]
  if (wanted !== '' && !(wanted in result)) return `that is ok shows its "${wanted}"`
  const other = ['row', 'rows'].find((name) => name !== wanted && name in result)
  return other === undefined ? undefined : `has no "${other}"`
}
