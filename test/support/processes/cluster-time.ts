import { OperatorService } from '../../../src/gen/trivet/operator/v1/operator_pb.ts'
import type { ClusterOptions } from '../../../src/rpc/cluster.ts'
import { createClient } from '../../../src/rpc/client.ts'

/** Asks a peer for log time and incarnation, as the CLI does. */
export const askClusterTime: ClusterOptions['askClusterTime'] = async (channel, options) => {
  const status = await createClient(OperatorService, channel).getPeerStatus({}, options)
  return { logTimeMs: Number(status.logTimeMs), incarnation: status.incarnation }
}
