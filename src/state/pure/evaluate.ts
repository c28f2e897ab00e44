import { create, toBinary } from '@bufbuild/protobuf'
import type { Put, Transaction } from '../../gen/trivet/log/v1/log_pb.ts'
import { DeleteSchema, OutcomeSchema, PutSchema, TransactionSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { Catalog } from '../catalog.ts'
import type { Evaluation, RequestFacts } from '../read.ts'
import type { PutWrite, Write } from '../write.ts'
import { EvaluationReader } from './evaluation-reader.ts'
import { transactionBytesMax, transactionRowsMax } from './limits.ts'
import type { PendingWrite } from './overlay.ts'
import type { Source, Times } from './row-reader.ts'
import { Row } from './row.ts'
import { settle } from './settle.ts'

/** What a leader needs to evaluate one request. */
export interface EvaluationContext {
  readonly catalog: Catalog
  /** The overlay of the leader: what the request is evaluated on, and what its transaction is applied on. */
  readonly source: Source
  /** Stamped once a loop turn (log.md, rule 4). */
  readonly times: Times
  readonly incarnation: string
  /** Draws random bytes for new ids. */
  readonly random: (sizeBytes: number) => Uint8Array
}

/** A request as its transaction keeps it. */
export interface EvaluationRequest extends RequestFacts {
  readonly digest: Uint8Array
  readonly evaluate: (read: Evaluation) => readonly Write[]
}

/** A transaction that was evaluated, and what it does to the overlay. */
export interface Evaluated {
  readonly transaction: Transaction
  readonly bytes: Uint8Array
  readonly writes: readonly PendingWrite[]
}

/**
 * Runs a rule and makes a transaction of its writes. Throws the `TrivetError` of a refusal, of the rule or of the
 * limits and unique keys; any other error is a defect of the rule. Nothing is touched.
 */
export function evaluate(context: EvaluationContext, request: EvaluationRequest): Evaluated {
  const revision = context.source.revision + 1
  const answered = request.evaluate(new EvaluationReader(context, request))
  const writes = settle(context, answered, revision)
  const touching = writes.filter((write) => write.kind !== 'keep')
  if (touching.length > transactionRowsMax) {
    throw trivetError('TRANSACTION_TOO_LARGE', { amount: touching.length, unit: 'rows', limit: transactionRowsMax })
  }
  const transaction = transactionOf(context, request)
  transaction.outcome = create(OutcomeSchema, nameOf(answered[0], revision))
  for (const write of touching) {
    const { key } = write
    if (write.kind === 'put') transaction.puts.push(putOf(write))
    else transaction.deletes.push(create(DeleteSchema, { table: write.table.name, key }))
  }
  const bytes = toBinary(TransactionSchema, transaction)
  if (bytes.length > transactionBytesMax) {
    throw trivetError('TRANSACTION_TOO_LARGE', { amount: bytes.length, unit: 'bytes', limit: transactionBytesMax })
  }
  return { transaction, bytes, writes: touching.flatMap((write) => pendingOf(write, revision)) }
}

/** The fields of a transaction that do not depend on what its rule answers. */
export function transactionOf(
  { times }: Pick<EvaluationContext, 'times'>,
  request: RequestFacts & { readonly digest: Uint8Array },
): Transaction {
  return create(TransactionSchema, {
    timeMs: BigInt(times.timeMs),
    logTimeMs: BigInt(times.logTimeMs),
    principal: request.principal,
    tenant: request.tenant,
    requestId: request.requestId,
    requestDigest: request.digest,
    method: request.method,
    reason: request.reason,
    viaPeer: request.viaPeer,
    sourceAddress: request.sourceAddress,
  })
}

function nameOf(first: Write | undefined, revision: number): { name: string; nameRevision: bigint } {
  if (first === undefined) return { name: '', nameRevision: 0n }
  const written = { put: revision, keep: first.kind === 'keep' ? first.revision : 0, remove: 0 }
  return { name: first.key, nameRevision: BigInt(written[first.kind]) }
}

function putOf({ table, key, bytes, unique, buckets, owner }: PutWrite): Put {
  const keys = { unique: [...unique], buckets: [...buckets] }
  return create(PutSchema, { table: table.name, key, value: bytes, ...keys, owner })
}

function pendingOf(write: Exclude<Write, { kind: 'keep' }>, revision: number): PendingWrite[] {
  const { table, key } = write
  if (table.kind === 'archival') return []
  return [
    { table: table.name, key, row: write.kind === 'put' ? new Row(table.row, { ...write, revision }) : undefined },
  ]
}
