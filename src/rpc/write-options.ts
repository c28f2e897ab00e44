import { randomBytes } from 'node:crypto'
import { create, type DescMessage, type Message } from '@bufbuild/protobuf'
import { WriteOptionsSchema, type WriteOptions } from '../gen/trivet/api/v1/write_pb.ts'
import { uuid7 } from '../lib/uuid7.ts'
import type { ClusterTime } from './cluster-time.ts'

/**
 * The write options of a request, made if they are absent; undefined for a request that has no field `write` of that
 * type, which is how reads are told from writes.
 */
export function writeOptionsOf(schema: DescMessage, request: Message): WriteOptions | undefined {
  if (schema.field['write']?.message?.typeName !== WriteOptionsSchema.typeName) return undefined
  const holder = request as Message & { write?: WriteOptions | undefined }
  return (holder.write ??= create(WriteOptionsSchema))
}

/** Gives a write its request id, drawn by log time, and the incarnation that it belongs to; what is there stays. */
export function identify(write: WriteOptions, { logTimeMs, incarnation }: ClusterTime): void {
  if (write.requestId !== '') return
  write.requestId = uuid7({ timeMs: logTimeMs, random: randomBytes(10) })
  if (write.incarnation === '') write.incarnation = incarnation
}
