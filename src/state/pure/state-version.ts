import { fromBinary } from '@bufbuild/protobuf'
import { StateVersionRowSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import type { Entry, Put, StateVersionRow } from '../../gen/trivet/log/v1/log_pb.ts'
import { table } from '../table.ts'
import type { Rows } from './rows.ts'

/** What a cluster uses until it is told otherwise. */
const firstStateVersion = 1

/** The newest state version that this release understands. */
export const stateVersionMax = 1

/** Key of the one row of `stateVersions`. */
export const stateVersionKey = 'cluster'

/**
 * Says which state version the cluster uses (log.md, rule 9): a row like all others, changed by an ordinary transaction, once
 * all peers know the next one. Part of every catalog.
 */
export const stateVersions = table({
  name: 'state_version',
  row: StateVersionRowSchema,
  key: () => stateVersionKey,
})

/** The state version in force: in applied state, or as the overlay shows it. */
export function stateVersionOf(rows: Pick<Rows, 'row'>): number {
  const row = rows.row(stateVersions.name, stateVersionKey)
  return row === undefined ? firstStateVersion : (row.value as StateVersionRow).version
}

/** Whether it stores the state version. */
export function isStateVersion({ table: name }: Pick<Put, 'table'>): boolean {
  return name === stateVersions.name
}

/** The state version that is in force behind an entry; undefined if the entry does not change it. */
export function raisedVersion({ transactions }: Pick<Entry, 'transactions'>): number | undefined {
  for (const { puts } of transactions) {
    const put = puts.find(isStateVersion)
    if (put !== undefined) return fromBinary(StateVersionRowSchema, put.value).version
  }
  return undefined
}

/**
 * The cluster uses a state version that this release does not know. Nothing of it was applied, and the peer stops: what
 * it skipped, or took for something else, would make it differ from the others.
 */
export class UnknownStateVersionError extends Error {
  override readonly name = 'UnknownStateVersionError'

  constructor(at: { readonly index: number; readonly found: number; readonly known: number }) {
    const { index, found, known } = at
    super(
      `from entry ${index} on the cluster uses state version ${found}, and this release knows ${known}: ` +
        'nothing of it was applied; start the release of the other peers here, or a newer one',
    )
  }
}
