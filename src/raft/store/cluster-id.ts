import { createHash } from 'node:crypto'
import type { PeerId } from '../core/types.ts'

/** One of the peers that a cluster starts with, as the operator names them. */
export interface InitialPeer {
  readonly name: string
  /** `host:port` of its peer listener. */
  readonly address: string
}

/**
 * The id of a cluster: 32 hexadecimal digits, a hash of the initial peers, in any order, and the cluster token. So
 * peers that are started with the same list find the same id without asking each other, and those with another list
 * or token refuse each other.
 */
export function clusterIdOf(cluster: { readonly peers: readonly InitialPeer[]; readonly token: string }): string {
  const peers = [...cluster.peers].sort((one, other) => (one.name < other.name ? -1 : 1))
  return digest(['trivet cluster', cluster.token, ...peers.flatMap((peer) => [peer.name, peer.address])]).slice(0, 32)
}

/** The id of an initial peer: 16 hexadecimal digits, a hash of its cluster's id and its name. */
export function peerIdOf(peer: { readonly clusterId: string; readonly name: string }): PeerId {
  return digest(['trivet peer', peer.clusterId, peer.name]).slice(0, 16)
}

/** Each part is preceded by its size, so that no two lists of parts read alike. */
function digest(parts: readonly string[]): string {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(`${Buffer.byteLength(part)}:`).update(part)
  return sha256.digest('hex')
}
