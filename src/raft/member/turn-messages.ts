import { localAppend, localApply, type Message } from '../core/types.ts'
import { appendBytesMax } from './limits.ts'
import type { Proposal } from './port.ts'

/** A `snapshot` only names one: its file has a way of its own. */
export function isForPeers({ to, type }: Message): boolean {
  return to !== localAppend && to !== localApply && type !== 'snapshot'
}

/** What tells a leader that others hear it. */
export const answers: ReadonlySet<Message['type']> = new Set(['append_response', 'heartbeat_response'])

export const mayChangeRoles: ReadonlySet<Message['type']> = new Set([
  'vote_response',
  'pre_vote_response',
  'timeout_now',
])

/** The first entry of a term stands among the entries that its new leader wants written first. */
export function firstIndexOf(term: number, messages: readonly Message[]): number {
  for (const message of messages) {
    const first = message.to === localAppend ? message.entries.find((entry) => entry.term === term) : undefined
    if (first !== undefined) return first.index
  }
  throw new Error(`the leader of term ${term} has not appended its first entry`)
}

/** Takes the first proposals, at least one and then as many as fit, which will share a message to each follower. */
export function takeGroup(proposals: Proposal[]): Proposal[] {
  let bytes = 0
  const end = proposals.findIndex((proposal, at) => {
    bytes += proposal.data.length
    return at > 0 && bytes > appendBytesMax
  })
  return proposals.splice(0, end === -1 ? proposals.length : end)
}
