import type { PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import type { LinkState } from '../transport/transport.ts'

/** Whether messages get through to a peer, and its answers back. */
export function isConnected(link: LinkState | undefined): boolean {
  return link !== undefined && link.outgoing && link.incoming
}

/** Whether a peer has connections, both ways, that make a majority with itself. */
export function connectsMajority(
  of: { readonly self: PeerId; readonly peers: readonly PeerAddress[] },
  links: ReadonlyMap<PeerId, LinkState>,
): boolean {
  const connected = of.peers.filter((peer) => peer.id === of.self || isConnected(links.get(peer.id)))
  return connected.length * 2 > of.peers.length
}
