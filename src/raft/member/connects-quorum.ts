import { decideByQuorum } from '../core/quorum.ts'
import type { ConfState, PeerId } from '../core/types.ts'
import type { LinkState } from '../transport/transport.ts'

/** Whether messages get through to a peer, and its answers back. */
export function isConnected(link: LinkState | undefined): boolean {
  return link !== undefined && link.outgoing && link.incoming
}

/** Whether a peer has connections, both ways, that make a quorum with itself: two, if the configuration is joint. */
export function connectsQuorum(self: PeerId, voters: ConfState, links: ReadonlyMap<PeerId, LinkState>): boolean {
  return decideByQuorum(voters, (id) => id === self || isConnected(links.get(id))) === 'won'
}
