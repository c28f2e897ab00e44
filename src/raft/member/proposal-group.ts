import { appendBytesMax } from './limits.ts'
import type { Proposal } from './port.ts'

/** Takes the first proposals, at least one and then as many as fit, which will share a message to each follower. */
export function takeProposalGroup(proposals: Proposal[]): Proposal[] {
  let bytes = 0
  const end = proposals.findIndex((proposal, at) => {
    bytes += proposal.data.length
    return at > 0 && bytes > appendBytesMax
  })
  return proposals.splice(0, end === -1 ? proposals.length : end)
}
