import type { Transaction } from '../../gen/trivet/log/v1/log_pb.ts'
import type { KeptOutcome } from './outcomes.ts'
import type { Row } from './row.ts'

/** What applying one entry did. */
export interface AppliedEntry {
  readonly index: number
  readonly term: number
  /** Number of the proposal; 0 if the entry held no transactions. */
  readonly number: number
  readonly transactions: readonly AppliedTransaction[]
}

/** What applying one transaction did: everything that a store, a watcher and whoever waits for it need. */
export interface AppliedTransaction {
  readonly revision: number
  readonly transaction: Transaction
  readonly effects: readonly RowEffect[]
  /** What became visible, changed visibly, or vanished from sight. */
  readonly changes: readonly ChangedRow[]
  readonly outcome: KeptOutcome
  readonly evicted: readonly KeptOutcome[]
}

/** One row that was stored or removed. */
export interface RowEffect {
  readonly table: string
  readonly key: string
  /** Undefined if it was removed. */
  readonly row: Row | undefined
  /** Of an archival row. */
  readonly hash: Uint8Array | undefined
}

/** One row that a transaction changed. Bytes are absent where there was no row before, or is none now. */
export interface ChangedRow {
  readonly table: string
  readonly key: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
}
