import { makeId, idRandomSizeBytes } from '../../lib/id.ts'
import type { Evaluation, RequestFacts } from '../read.ts'
import type { EvaluationContext } from './evaluate.ts'
import { RowReader } from './row-reader.ts'

/** Bytes of log time at the front of an id, so that ids of one kind ascend roughly in the order of their making. */
const idTimeSizeBytes = 6

/** What a rule reads while it is evaluated. */
export class EvaluationReader extends RowReader implements Evaluation {
  readonly request: RequestFacts
  readonly #random: (sizeBytes: number) => Uint8Array

  constructor(context: EvaluationContext, request: RequestFacts) {
    super(context.source, context)
    const { principal, tenant, requestId, method, reason, viaPeer, sourceAddress } = request
    this.request = { principal, tenant, requestId, method, reason, viaPeer, sourceAddress }
    this.#random = context.random
  }

  get nextRevision(): number {
    return this.revision + 1
  }

  newId(prefix: string): string {
    const bytes = new Uint8Array(idRandomSizeBytes)
    for (let at = 0; at < idTimeSizeBytes; at += 1) {
      bytes[at] = Math.floor(this.logTimeMs / 2 ** (8 * (idTimeSizeBytes - 1 - at))) % 256
    }
    bytes.set(this.#random(idRandomSizeBytes - idTimeSizeBytes), idTimeSizeBytes)
    return makeId({ prefix, random: bytes })
  }
}
