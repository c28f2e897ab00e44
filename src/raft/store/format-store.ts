import type { Entry, HardState, PeerId } from '../core/types.ts'
import { chainStart } from './chain.ts'
import { bootstrapChange, configurationOf, encodeConfiguration, type PeerAddress } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { encodeFrame } from './frame.ts'
import { encodeIdentity, formatEpoch, identityCopyFile, identityFile } from './identity.ts'
import { entryKey, recordKeys } from './keys.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { encodeVote, voteFiles } from './vote-slots.ts'

/** What a new data directory is made for. */
export interface Bootstrap {
  readonly clusterId: string
  /** Id of the peer that it belongs to; one of `peers`. */
  readonly self: PeerId
  /** All initial peers. Every one of them makes the same entry 1. */
  readonly peers: readonly PeerAddress[]
  /** See `Identity`; never used before. */
  readonly nonce: string
}

const term = 1

/** What every log begins with: entry 1, the same on all initial peers, and the configuration that it makes. */
export function firstEntry(peers: readonly PeerAddress[]): Entry {
  return { term, index: 1, type: 'conf_change', data: bootstrapChange(peers) }
}

/**
 * Makes the data directory of a new peer: entry 1 is the configuration, in term 1 and committed, for all initial peers
 * make the same one. The directory gets its name only when everything in it is durable, so a crash leaves nothing.
 *
 * The caller has found that there is none: over an existing one this fails and changes nothing.
 */
export async function formatStore(disk: Disk, bootstrap: Bootstrap): Promise<void> {
  const self = checkPeers(bootstrap)
  const { files } = disk
  if (await files.exists(layout.directory)) throw new Error(`${disk.directory} holds a peer already`)
  await files.removeDirectory(layout.unfinished)
  await files.makeDirectory(layout.unfinished)

  const entry = firstEntry(bootstrap.peers)
  const hardState: HardState = { term, vote: '', commit: 1 }
  const frame = encodeFrame(entry, chainStart)
  const log = await disk.openKeyValue(`${layout.unfinished}/${layout.log}`, { create: true })
  await log.batch([
    { type: 'put', key: recordKeys.truncation, value: encodeTruncation({ index: 0, term: 0, chain: chainStart }) },
    { type: 'put', key: recordKeys.configuration, value: encodeConfiguration(configurationOf(entry)) },
    { type: 'put', key: recordKeys.hardState, value: encodeHardState(hardState) },
    { type: 'put', key: entryKey(entry.index), value: frame.bytes },
  ])
  await log.close()

  for (const [sequence, name] of voteFiles.entries()) {
    await files.replace(
      `${layout.unfinished}/${name}`,
      encodeVote({ sequence, term, vote: '', mutedTerm: 0 }, bootstrap.nonce),
    )
  }
  const witness = newWitnessFile({ index: entry.index, term, chain: frame.chain })
  await files.replace(`${layout.unfinished}/${witnessFile}`, witness)
  const identity = encodeIdentity({
    clusterId: bootstrap.clusterId,
    peerId: self.id,
    peerName: self.name,
    formatEpoch,
    mustHaveIndex: entry.index,
    nonce: bootstrap.nonce,
    starts: 0,
    met: {},
    incarnation: '',
  })
  for (const name of [identityCopyFile, identityFile]) await files.replace(`${layout.unfinished}/${name}`, identity)
  await files.renameDirectory({ from: layout.unfinished, to: layout.directory })
}

function checkPeers({ peers, self }: Bootstrap): PeerAddress {
  for (const field of ['id', 'name', 'address'] as const) {
    const values = peers.map((peer) => peer[field])
    if (new Set(values).size !== values.length) throw new Error(`two initial peers have the same ${field}`)
  }
  const malformed = peers.find((peer) => !/^[0-9a-f]{16}$/.test(peer.id))
  if (malformed !== undefined) throw new Error(`${malformed.id} is not a peer id`)
  const own = peers.find((peer) => peer.id === self)
  if (own === undefined) throw new Error(`peer ${self} is none of the initial peers`)
  return own
}
