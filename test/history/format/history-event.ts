import type { KeyedRow, Operation, Result } from './operation.ts'

/** Version of the form; a reader takes this one and no other. */
export const historyVersion = 1

/** First line of a history: what was there before it. */
export interface Start {
  readonly event: 'start'
  readonly history: typeof historyVersion
  /** Revision at which the history begins; 0 if absent. */
  readonly revision?: number
  /** Rows that are there already; none if absent. */
  readonly rows?: readonly Required<KeyedRow>[]
  /** Whatever a person wants to know later: seed, test, faults. */
  readonly about?: Readonly<Record<string, unknown>>
}

/** A process begins an operation: written before anything is sent. */
export interface Begin {
  readonly event: 'begin'
  /** Number of the operation, used once in a history. */
  readonly op: number
  readonly process: string
  readonly at: number
  readonly operation: Operation
  /** Identity of a write: all tries of one request share it. */
  readonly request?: string
  /** The process says that it has sent this request before. */
  readonly retry?: true
}

/** An operation ends: written after the answer came. One that never ends is of unknown outcome. */
export interface End {
  readonly event: 'end'
  readonly op: number
  readonly at: number
  readonly result: Result
}

/** A watcher was shown the transaction of a revision. */
export interface Change {
  readonly event: 'change'
  readonly process: string
  readonly at: number
  readonly revision: number
  /** The request that made it; absent for one of nobody in this history. */
  readonly request?: string
  /** A retry that is refused leaves a transaction too, which changes nothing. */
  readonly outcome: 'ok' | 'refused'
}

/** One line of a history. The order of lines is the order of time; `at` is for people. */
export type HistoryEvent = Start | Begin | End | Change
