import type { Change, Start } from './history-event.ts'
import type { Operation, Result } from './operation.ts'

/** An operation that never ended ends here, behind every line. */
export const never = Number.POSITIVE_INFINITY

/** One operation with its place among the lines, which is its place in time. */
export interface Recorded<What extends Operation = Operation> {
  readonly process: string
  readonly operation: What
  readonly request: string | undefined
  readonly retry: boolean
  /** Line of its beginning. */
  readonly begin: number
  /** Line of its end; `never` if it has none. */
  readonly end: number
  readonly result: Result
}

/** A change with its line. */
export type RecordedChange = Change & { readonly line: number }

/** All that a recorder saw. */
export interface History {
  readonly start: { readonly revision: number; readonly rows: Required<Start>['rows'] }
  /** In the order of their beginnings. */
  readonly operations: readonly Recorded[]
  readonly changes: readonly RecordedChange[]
  /** Whether answers name their revisions: all of them do, or none. */
  readonly hasRevisions: boolean
}
