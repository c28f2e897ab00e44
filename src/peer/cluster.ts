import { randomBytes } from 'node:crypto'
import type { PeerAddress } from '../raft/index.ts'
import { clusterIdOf, peerIdOf } from '../raft/index.ts'
import type { Config } from './config.ts'
import type { DataDir } from './data-dir.ts'
import { formatAddress } from './listen-address.ts'
import { readIfThere } from './private-file.ts'

/** The cluster that this peer belongs to, as its configuration says. */
export interface Cluster {
  readonly id: string
  readonly self: { readonly id: string; readonly name: string }
  readonly peers: readonly PeerAddress[]
  readonly token: string
}

/**
 * Cluster id and peer ids are hashes of the initial peers and the token, so that peers find the same ones without
 * asking each other.
 */
export function clusterOf(config: Config, token: string): Cluster {
  const { name, initialPeers } = config
  if (initialPeers === undefined) {
    // Where a peer that stands alone listens may change.
    const id = clusterIdOf({ peers: [{ name, address: 'alone' }], token })
    const self = { id: peerIdOf({ clusterId: id, name }), name }
    return { id, self, peers: [{ ...self, address: formatAddress(config.peerListen) }], token }
  }
  const named = initialPeers.map((peer) => ({ name: peer.name, address: formatAddress(peer.address) }))
  const id = clusterIdOf({ peers: named, token })
  const peers = named.map((peer) => ({ ...peer, id: peerIdOf({ clusterId: id, name: peer.name }) }))
  return { id, self: { id: peerIdOf({ clusterId: id, name }), name }, peers, token }
}

/**
 * The token that this peer is configured with. One that stands alone and was given none draws its own at the first
 * start, so that two labs with the same names are two clusters; it is written by nobody here.
 */
export async function tokenOf(config: Config, dataDir: DataDir): Promise<string> {
  if (config.initialPeers !== undefined || config.clusterToken !== '') return config.clusterToken
  return (await readIfThere(dataDir.tokenFile))?.trim() ?? randomBytes(16).toString('hex')
}
