import type { PeerId } from '../core/types.ts'
import type { PeerAddress } from '../store/configuration.ts'
import type { LinkState } from '../transport/transport.ts'

/** Whether a peer has connections, both ways, that make a majority with itself. */
export function connectsMajority(
  of: { readonly self: PeerId; readonly peers: readonly PeerAddress[] },
  links: ReadonlyMap<PeerId, LinkState>,
): boolean {
  const connected = of.peers.filter((peer) => {
    const link = links.get(peer.id)
    return peer.id === of.self || (link !== undefined && link.outgoing && link.incoming)
  })
  return connected.length * 2 > of.peers.length
}
