import { create } from '@bufbuild/protobuf'
import type { ReportBootRequest } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import { NodeBootRowSchema } from '../../../gen/trivet/rows/v1/boot_pb.ts'
import type { Evaluation, Reader } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'

/** Whether a report says something that is not known: it is the first one of the attempt that the node is bound to. */
export function isNewReport(read: Reader, report: { readonly nodeId: string; readonly attemptId: string }): boolean {
  const { nodeId, attemptId } = report
  if (read.get(nodeBoots, nodeId)?.value.reportedAttemptId === attemptId) return false
  return read.get(nodeBindings, nodeId)?.value.attemptId === attemptId
}

/**
 * Keeps that a node runs what its attempt gave it. A report of an attempt that is no longer the node's own is taken and
 * changes nothing: the node cannot do better by asking again. Repeated reports are one.
 */
export function reportBoot(read: Evaluation, request: ReportBootRequest): readonly Write[] {
  const { nodeId, attemptId } = request
  const stored = read.get(nodeBindings, nodeId)
  const boot = read.get(nodeBoots, nodeId)
  if (boot?.value.reportedAttemptId === attemptId) return [keep(nodeBoots, boot)]
  if (stored?.value.attemptId !== attemptId) return stored === undefined ? [] : [keep(nodeBindings, stored)]
  const { sessionId, templateId, templateRevision, attempt } = stored.value
  return [
    put(nodeBoots, {
      ...(boot?.value ?? create(NodeBootRowSchema)),
      nodeId,
      reportedAttemptId: attemptId,
      reportedMs: BigInt(read.timeMs),
      sessionId,
      templateId,
      templateRevision,
      attempt,
    }),
  ]
}
