import type { Operation } from '../clients/operation.ts'
import type { WriteResult } from '../peer/write-call.ts'

/** One write of a client, from its first try to what the client was told at last. */
export interface Call {
  readonly requestId: string
  readonly operation: Operation
  readonly client: string
  /** The highest revision that anybody was told before this began. */
  readonly floor: number
  result: WriteResult | undefined
  /** The revision of its transaction, once that is committed. */
  revision: number | undefined
}
