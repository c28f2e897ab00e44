import { PresenceService } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { service, write } from '../kernel/method.ts'
import { reportPeer } from './rules/report-peer.ts'

/** What peers say of themselves. They say it through the kernel; the API listener does not offer it. */
export const presence = service(PresenceService, { reportPeer: write(reportPeer, () => ({})) })
