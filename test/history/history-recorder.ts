import type { Change, HistoryEvent, Start } from './format/history-event.ts'
import { historyVersion } from './format/history-event.ts'
import type { Operation, Result } from './format/operation.ts'

/** Where the recorder's events go: to a file, into a `HistoryBuilder`, or to both. */
export type Sink = (event: HistoryEvent) => void

/** An operation that has begun. */
export interface Open {
  /** Says how it ended; called once, after the answer came and before anything else is sent because of it. */
  end(result: Result): void
}

/**
 * Records what clients ask and are told, in the order in which it happens. It is as good as its use: `begin` is called
 * before anything is sent, and `end` after the answer is there. An operation that is never ended is of unknown outcome.
 */
export class HistoryRecorder {
  readonly #sink: Sink
  readonly #now: () => number
  #operations = 0
  /** A clock may go back; a history does not. */
  #atMax = Number.NEGATIVE_INFINITY

  /** `now` is any clock, real or virtual; the order of the calls is what counts. */
  constructor(options: {
    readonly sink: Sink
    readonly now: () => number
    readonly start?: Pick<Start, 'revision' | 'rows' | 'about'>
  }) {
    this.#sink = options.sink
    this.#now = options.now
    this.#sink({ event: 'start', history: historyVersion, ...options.start })
  }

  /** Operations that have begun. */
  get operations(): number {
    return this.#operations
  }

  begin(
    process: string,
    operation: Operation,
    identity: { readonly request?: string; readonly retry?: boolean } = {},
  ): Open {
    const op = this.#operations++
    const { request, retry } = identity
    this.#sink({
      event: 'begin',
      op,
      process,
      at: this.#at(),
      operation,
      ...(request !== undefined && { request }),
      ...(retry === true && { retry }),
    })
    return { end: (result) => this.#sink({ event: 'end', op, at: this.#at(), result }) }
  }

  /** A watcher was shown the transaction of a revision. */
  change(process: string, change: Pick<Change, 'revision' | 'request' | 'outcome'>): void {
    this.#sink({ event: 'change', process, at: this.#at(), ...change })
  }

  #at(): number {
    this.#atMax = Math.max(this.#atMax, this.#now())
    return this.#atMax
  }
}
