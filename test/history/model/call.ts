import type { Recorded } from '../format/history.ts'
import type { Read, RefusalReason, Row, Write } from '../format/operation.ts'

/** When a call can have had its effect: between these lines. */
export interface Interval {
  readonly begin: number
  readonly end: number
}

/** A write that was carried out, once, whatever tries it took. */
export interface Written extends Interval {
  readonly kind: 'written'
  readonly operation: Write
  /** Absent when answers name no revisions. */
  readonly revision: number | undefined
  readonly source: Recorded
}

/** A write of unknown outcome: carried out at any time after its beginning, or never. */
export interface Maybe {
  readonly kind: 'maybe'
  readonly operation: Write
  readonly begin: number
  readonly request: string | undefined
  readonly source: Recorded
}

/** A refusal, which says something about the row as a read does. */
export interface Refusal extends Interval {
  readonly kind: 'refusal'
  readonly operation: Write
  readonly reason: RefusalReason
  readonly revision: number | undefined
  readonly source: Recorded
}

/** A read that was answered. */
export interface Seen extends Interval {
  readonly kind: 'seen'
  readonly operation: Read
  readonly revision: number | undefined
  /** What it shows, by key; null for a row that was asked for and is not there. */
  readonly rows: readonly (readonly [key: string, row: Row | null])[]
  readonly source: Recorded
}

/** What a history says happened, each request once. */
export type Call = Written | Maybe | Refusal | Seen
