import { OperatorService } from '../../../src/gen/trivet/operator/v1/operator_pb.ts'
import { trivetError } from '../../../src/lib/errors.ts'
import type { ClusterOptions } from '../../../src/rpc/cluster.ts'
import { createClient } from '../../../src/rpc/client.ts'

/** Asks a peer for log time and incarnation, as the CLI does. */
export const askClusterTime: ClusterOptions['askClusterTime'] = async (channel, options) => {
  const status = await createClient(OperatorService, channel).getPeerStatus({}, options)
  if (status.incarnation === '') throw trivetError('NOT_READY', { reason: 'it has not caught up' })
  return { logTimeMs: Number(status.logTimeMs), incarnation: status.incarnation }
}
