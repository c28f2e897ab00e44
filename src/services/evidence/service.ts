import { EvidenceService } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { service, write } from '../kernel/method.ts'
import { reportBoot } from './rules/report-boot.ts'
import { reportFetches } from './rules/report-fetches.ts'

/** What nodes report. Peers bring it to the leader; the API listener does not offer it. */
export const evidence = service(EvidenceService, {
  reportFetches: write(reportFetches, () => ({})),
  reportBoot: write(reportBoot, () => ({})),
})
