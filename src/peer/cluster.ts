import type { PeerAddress } from '../raft/index.ts'
import { clusterIdOf, peerIdOf } from '../raft/index.ts'
import type { Config } from './config.ts'
import type { DataDir } from './data-dir.ts'
import { loneToken } from './data-dir.ts'
import { formatAddress } from './listen-address.ts'

/** The cluster that this peer belongs to, as its configuration says. */
export interface Cluster {
  readonly id: string
  readonly self: { readonly id: string; readonly name: string }
  readonly peers: readonly PeerAddress[]
}

/**
 * Cluster id and peer ids are hashes of the initial peers and the token, so that peers find the same ones without
 * asking each other. A peer that stands alone draws its token once: where it listens may change.
 */
export async function clusterOf(config: Config, dataDir: DataDir): Promise<Cluster> {
  const { name, initialPeers } = config
  if (initialPeers === undefined) {
    const token = config.clusterToken === '' ? await loneToken(dataDir) : config.clusterToken
    const id = clusterIdOf({ peers: [{ name, address: 'alone' }], token })
    const self = { id: peerIdOf({ clusterId: id, name }), name }
    return { id, self, peers: [{ ...self, address: formatAddress(config.peerListen) }] }
  }
  const named = initialPeers.map((peer) => ({ name: peer.name, address: formatAddress(peer.address) }))
  const id = clusterIdOf({ peers: named, token: config.clusterToken })
  const peers = named.map((peer) => ({ ...peer, id: peerIdOf({ clusterId: id, name: peer.name }) }))
  return { id, self: { id: peerIdOf({ clusterId: id, name }), name }, peers }
}
