import type { PeerAddress } from '../store/configuration.ts'
import type { Transport } from '../transport/transport.ts'
import type { PeerConnection } from './port.ts'

/** How this peer is connected with all others, for operators. */
export function peerConnections(
  others: readonly PeerAddress[],
  transport: Transport | undefined,
): readonly PeerConnection[] {
  const connections = new Map(transport?.connections().map((connection) => [connection.id, connection]))
  return others.map(({ id, name, address }) => {
    const connection = connections.get(id)
    return { id, name, address, connected: connection?.outgoing ?? false, lastError: connection?.lastError ?? '' }
  })
}
