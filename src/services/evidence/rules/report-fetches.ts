import { create } from '@bufbuild/protobuf'
import type { ReportFetchesRequest } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import { NodeBootRowSchema } from '../../../gen/trivet/rows/v1/boot_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'

/**
 * Keeps which attempt's script each node fetched last. A fetch counts only for the attempt that the node is bound to:
 * a script of an earlier one says nothing about this one, however late its report comes.
 */
export function reportFetches(read: Evaluation, request: ReportFetchesRequest): readonly Write[] {
  const latest = new Map(request.fetches.map((fetch) => [fetch.nodeId, fetch]))
  return [...latest.values()].flatMap(({ nodeId, attemptId, timeMs }) => {
    const binding = read.get(nodeBindings, nodeId)?.value
    const boot = read.get(nodeBoots, nodeId)?.value
    if (binding?.attemptId !== attemptId || boot?.fetchedAttemptId === attemptId) return []
    const before = boot ?? create(NodeBootRowSchema)
    return [put(nodeBoots, { ...before, nodeId, fetchedAttemptId: attemptId, fetchedMs: timeMs })]
  })
}
