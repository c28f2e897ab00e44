import type { PeerAddress } from '../store/configuration.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'

/** Whether those whom a change adds have what a peer needs, and share no name and no address with anybody. */
export function peersFit(present: readonly PeerAddress[], steps: MembershipChange['steps']): boolean {
  const peers = new Map(present.map((peer) => [peer.id, peer]))
  for (const { kind, peer } of steps) {
    if (kind === 'remove') {
      peers.delete(peer.id)
      continue
    }
    if (!/^[0-9a-f]{16}$/.test(peer.id) || peer.name === '' || !/^.+:\d+$/.test(peer.address)) return false
    peers.set(peer.id, peer)
  }
  const all = [...peers.values()]
  return (['name', 'address'] as const).every((field) => new Set(all.map((peer) => peer[field])).size === all.length)
}
