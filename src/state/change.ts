import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import type { StoredChange } from '../gen/trivet/log/v1/log_pb.ts'
import type { AppliedTransaction, ChangedRow } from './pure/applied.ts'
import { freeze } from './pure/row.ts'
import type { Table } from './table.ts'

/** What one transaction changed, as it is watched: whole, and in the order of revisions. */
export interface Change {
  readonly kind: 'change'
  readonly revision: number
  /** Wall clock of the leader: shown, never compared. */
  readonly timeMs: number
  readonly logTimeMs: number
  readonly principal: string
  readonly tenant: string
  readonly requestId: string
  readonly method: string
  readonly reason: string
  readonly viaPeer: string
  readonly sourceAddress: string
  /** Of the error, if this is a refused retry, which changed no row; else ''. */
  readonly code: string
  /** Rows of resident tables as they became visible, changed or vanished, and archival rows that were inserted. */
  readonly rows: readonly ChangedRow[]
}

/** Nothing more to show up to this revision: resume behind it. */
export interface Bookmark {
  readonly kind: 'bookmark'
  readonly revision: number
}

/** The row before or after a change, decoded; undefined where there is none. */
export function rowIn<Desc extends DescMessage>(
  table: Table<Desc>,
  bytes: Uint8Array | undefined,
): Readonly<MessageShape<Desc>> | undefined {
  return bytes === undefined ? undefined : freeze(fromBinary(table.row, bytes))
}

/** The change of a transaction that was just applied. */
export function changeOfApplied({ revision, transaction, changes, outcome }: AppliedTransaction): Change {
  return factsOf(revision, { ...transaction, code: outcome.outcome.code }, changes)
}

/** The change of a transaction as LevelDB keeps it. */
export function changeOfStored(stored: StoredChange): Change {
  const rows = stored.rows.map(({ table, key, before, after }) => ({ table, key, before, after }))
  return factsOf(Number(stored.revision), stored, rows)
}

function factsOf(
  revision: number,
  from: Pick<
    StoredChange,
    | 'timeMs'
    | 'logTimeMs'
    | 'principal'
    | 'tenant'
    | 'requestId'
    | 'method'
    | 'reason'
    | 'viaPeer'
    | 'sourceAddress'
    | 'code'
  >,
  rows: readonly ChangedRow[],
): Change {
  const { principal, tenant, requestId, method, reason, viaPeer, sourceAddress, code } = from
  const times = { timeMs: Number(from.timeMs), logTimeMs: Number(from.logTimeMs) }
  return {
    kind: 'change',
    revision,
    ...times,
    principal,
    tenant,
    requestId,
    method,
    reason,
    viaPeer,
    sourceAddress,
    code,
    rows,
  }
}
