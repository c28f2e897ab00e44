import type { ReportPeerRequest } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { peers } from '../tables.ts'

/** Keeps what a peer says of itself. Saying the same again changes nothing, so that scripts stay the same bytes. */
export function reportPeer(read: Evaluation, request: ReportPeerRequest): readonly Write[] {
  const { id, name, nodeUrl, apiAddress, adminAddress, release } = request
  const stored = read.get(peers, id)
  const present = stored?.value
  const same =
    present?.name === name &&
    present.nodeUrl === nodeUrl &&
    present.apiAddress === apiAddress &&
    present.adminAddress === adminAddress &&
    present.release === release
  if (stored !== undefined && same) return [keep(peers, stored)]
  return [put(peers, { id, name, nodeUrl, apiAddress, adminAddress, release, startedMs: BigInt(read.timeMs) })]
}
