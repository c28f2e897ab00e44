import type { Entry, PeerId } from '../core/types.ts'
import { chainStart } from './chain.ts'
import { bootstrapChange } from './conf-change-entry.ts'
import { configurationAfter, emptyConfiguration, encodeConfiguration, type PeerAddress } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { encodeFrame } from './frame.ts'
import { encodeIdentity, formatEpoch, identityCopyFile, identityFile } from './identity.ts'
import type { Operation } from './key-value.ts'
import { entryKey, recordKeys } from './keys.ts'
import type { Position } from './read-log.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { encodeVote, voteFiles } from './vote-slots.ts'

/** What a new data directory is made for. */
export interface Bootstrap {
  readonly clusterId: string
  /** Id of the peer that it belongs to; one of `peers`. */
  readonly self: PeerId
  /**
   * All initial peers, every one of which makes the same entry 1; or, of a peer that joins a cluster, those through which
   * it is reached, and itself.
   */
  readonly peers: readonly PeerAddress[]
  /** The cluster exists: this peer begins with nothing, not even an entry 1, and gets all from a leader. */
  readonly joins?: boolean
  /** See `Identity`; never used before. */
  readonly nonce: string
}

const term = 1

/** What every log begins with: entry 1, the same on all initial peers, and the configuration that it makes. */
function firstEntry(peers: readonly PeerAddress[]): Entry {
  return { term, index: 1, type: 'conf_change', data: bootstrapChange(peers) }
}

/** The log of a new peer but for its hard state, and its end. Without initial peers there is nothing in it. */
export function newLog(founders: readonly PeerAddress[]): {
  readonly operations: readonly Operation[]
  readonly last: Position
} {
  const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })
  const truncation = { index: 0, term: 0, chain: chainStart }
  const beginning = put(recordKeys.truncation, encodeTruncation(truncation))
  if (founders.length === 0) {
    const record = put(recordKeys.configuration, encodeConfiguration(emptyConfiguration))
    return { operations: [beginning, record], last: truncation }
  }
  const entry = firstEntry(founders)
  const { bytes, chain } = encodeFrame(entry, chainStart)
  const record = put(recordKeys.configuration, encodeConfiguration(configurationAfter(emptyConfiguration, entry)))
  const operations = [beginning, record, put(entryKey(entry.index), bytes)]
  return { operations, last: { index: entry.index, term: entry.term, chain } }
}

/**
 * Makes the data directory of a new peer: entry 1 is the configuration, in term 1 and committed, for all initial peers
 * make the same one. That of a peer which joins holds no entry, and no term. The directory gets its name only when everything in it is durable, so a crash leaves nothing.
 *
 * The caller has found that there is none: over an existing one this fails and changes nothing.
 */
export async function formatStore(disk: Disk, bootstrap: Bootstrap): Promise<void> {
  const self = checkPeers(bootstrap)
  const { files } = disk
  if (await files.exists(layout.directory)) throw new Error(`${disk.directory} holds a peer already`)
  await files.removeDirectory(layout.unfinished)
  await files.makeDirectory(layout.unfinished)

  const { operations, last } = newLog(bootstrap.joins === true ? [] : bootstrap.peers)
  const hardState = { term: last.term, vote: '', commit: last.index }
  const log = await disk.openKeyValue(`${layout.unfinished}/${layout.log}`, { create: true })
  await log.batch([...operations, { type: 'put', key: recordKeys.hardState, value: encodeHardState(hardState) }])
  await log.close()

  for (const [sequence, name] of voteFiles.entries()) {
    await files.replace(
      `${layout.unfinished}/${name}`,
      encodeVote({ sequence, term: last.term, vote: '', mutedTerm: 0 }, bootstrap.nonce),
    )
  }
  await files.replace(`${layout.unfinished}/${witnessFile}`, newWitnessFile(last))
  const identity = encodeIdentity({
    clusterId: bootstrap.clusterId,
    peerId: self.id,
    peerName: self.name,
    formatEpoch,
    mustHaveIndex: last.index,
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
