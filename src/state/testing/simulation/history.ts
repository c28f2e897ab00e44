import { fromBinary } from '@bufbuild/protobuf'
import type { Transaction } from '../../../gen/trivet/log/v1/log_pb.ts'
import { EntrySchema } from '../../../gen/trivet/log/v1/log_pb.ts'
import type { Model, Operation } from './operation.ts'
import { misfit, modelAfter } from './operation.ts'
import type { ModelEntry } from './raft-model.ts'

/** One operation of a client, with its tries, and what the client was told at last. */
export interface ClientCall {
  readonly requestId: string
  readonly operation: Operation
  readonly invokedAt: number
  answeredAt: number
  result: { readonly kind: 'ok' | 'refused'; readonly revision: number } | undefined
}

/** A linearizable read: which revision it saw. */
export interface ClientRead {
  readonly invokedAt: number
  readonly revision: number
}

/** The transactions of a log, in order. */
export function transactionsOf(log: readonly ModelEntry[]): readonly Transaction[] {
  return log.flatMap(({ data }) => (data.length === 0 ? [] : fromBinary(EntrySchema, data).transactions))
}

/**
 * What is wrong with a history, given the committed log: replays it on the plain model, and asks whether what clients
 * were told can be true in the order of revisions and of real time. Empty if all is well.
 */
export function violationsOf(
  log: readonly ModelEntry[],
  calls: readonly ClientCall[],
  reads: readonly ClientRead[],
): readonly string[] {
  const violations: string[] = []
  const byRequest = new Map(calls.map((call) => [call.requestId, call]))
  const carriedOut = new Map<string, number>()
  const models: Model[] = [new Map()]
  for (const [at, transaction] of transactionsOf(log).entries()) {
    const { requestId, outcome } = transaction
    const { operation } = byRequest.get(requestId)!
    const wrong = misfit(models[at]!, operation, transaction)
    if (wrong !== undefined) violations.push(`revision ${at + 1} ${wrong}`)
    const isDone = outcome?.code === ''
    models.push((isDone && modelAfter(models[at]!, operation)) || models[at]!)
    if (isDone && carriedOut.has(requestId)) violations.push(`revision ${at + 1} carries out ${requestId} again`)
    if (isDone) carriedOut.set(requestId, at + 1)
  }
  for (const call of calls) violations.push(...wrongAnswer(call, carriedOut.get(call.requestId), models))
  violations.push(...outOfOrder(calls, reads))
  return violations
}

function wrongAnswer(
  { requestId, operation, result }: ClientCall,
  revision: number | undefined,
  models: readonly Model[],
) {
  if (result === undefined) return []
  if (result.kind === 'ok') {
    return result.revision === revision ? [] : [`${requestId} was told revision ${result.revision}, is ${revision}`]
  }
  if (revision !== undefined) return [`${requestId} was told that it is refused, and is revision ${revision}`]
  const model = models[result.revision]
  if (model !== undefined && modelAfter(model, operation) === undefined) return []
  return [`${requestId} was refused by revision ${result.revision}, which allows it`]
}

/** What began after something was answered must stand on it. */
function outOfOrder(calls: readonly ClientCall[], reads: readonly ClientRead[]): string[] {
  const violations: string[] = []
  const answered = calls.filter((call) => call.result !== undefined)
  for (const earlier of answered) {
    const seen = earlier.result!.revision
    for (const later of answered) {
      if (later.invokedAt <= earlier.answeredAt) continue
      const { kind, revision } = later.result!
      if (kind === 'ok' ? revision > seen : revision >= seen) continue
      violations.push(`${later.requestId} came after ${earlier.requestId} was told ${seen}, and stands on ${revision}`)
    }
    for (const read of reads) {
      if (read.invokedAt <= earlier.answeredAt || read.revision >= seen) continue
      violations.push(`a read saw ${read.revision} after ${earlier.requestId} was told ${seen}`)
    }
  }
  return violations
}
