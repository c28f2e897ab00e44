import { trivetError } from '../lib/errors.ts'
import type { Sealer } from '../services/kernel/seal.ts'
import { RowReader } from '../state/pure/row-reader.ts'
import type { OpenedState } from '../state/storage/open-state.ts'
import type { Cluster } from './cluster.ts'
import { clusterOf, tokenOf } from './cluster.ts'
import type { Config } from './config.ts'
import { readDamage, removeDamage } from './damage-mark.ts'
import type { DataDir } from './data-dir.ts'
import type { Arrived } from './install-arrived.ts'
import { installArrived, nodeArrivedPorts } from './install-arrived.ts'
import { openDataDir, requireOwn } from './data-dir.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'
import { makeSealKey, readSealKey, requireKeyOfState } from './seal-key-file.ts'
import { nodeSnapshotPlaces, type SnapshotPlaces } from './snapshot-folder.ts'
import { makeRoomToOpen } from './storage-watch.ts'
import { emptyState, openStateDir, resetStateDir } from './state-dir.ts'

type SoundState = Extract<OpenedState, { kind: 'open' }>

/** What a peer stands on, before anything of it runs. */
export interface Ground {
  readonly dataDir: DataDir
  readonly places: SnapshotPlaces
  readonly cluster: Cluster
  readonly sealer: Sealer
  /** Empty, and not to be served, if this peer is damaged. */
  readonly opened: SoundState
  /** Why this peer must not serve; '' if it may. */
  readonly damage: string
  /** Why the state is made anew from the log; '' if it is the one of the run before. */
  readonly rebuilt: string
  /** What became of a snapshot that another peer sent. */
  readonly arrived: Arrived
}

/**
 * Opens what is in the data directory, or makes it at the first start ever. A state that cannot be believed is made anew
 * from the log. Should the log not even say whose it is, a peer with others starts to say so, and one that stands alone
 * throws LONE_PEER_DAMAGED. Throws also CONFIG_INVALID, SEAL_KEY_INVALID, DATA_DIRECTORY_FOREIGN, DATA_DIRECTORY_LOCKED
 * and DATA_FORMAT_UNKNOWN; nothing is left open then.
 */
export async function openGround(config: Config): Promise<Ground> {
  const found = await openDataDir(config.dataDir)
  await makeRoomToOpen(found.path, config.storage)
  const cluster = clusterOf(config, await tokenOf(config, found))
  requireOwn(found, cluster)
  const arrived = await installArrived(nodeArrivedPorts(found.path), cluster)
  const places = nodeSnapshotPlaces(found.path)
  const dataDir = arrived.kind === 'installed' ? await openDataDir(config.dataDir) : found
  // What was wrong with the state of before is gone with it.
  if (arrived.kind === 'installed') await removeDamage(dataDir)
  if (dataDir.isNew && config.initialPeers === undefined) await makeOwnFiles(config, dataDir, cluster)
  const sealKeyFile = config.sealKeyFile ?? dataDir.sealKeyFile
  const sealer = await readSealKey(sealKeyFile)
  const { opened, rebuilt } = await openSound(dataDir, cluster)
  if (opened.kind === 'damaged') {
    const { reason } = opened
    if (cluster.peers.length === 1) throw trivetError('LONE_PEER_DAMAGED', { directory: dataDir.path, reason })
    const common = { dataDir, places, cluster, sealer, arrived }
    return { ...common, opened: await emptyState(cluster.id), damage: reason, rebuilt: '' }
  }
  try {
    requireKeyOfState(sealKeyFile, sealer, readerOf(opened))
  } catch (error) {
    await opened.keyValue.close()
    throw error
  }
  return { dataDir, places, cluster, sealer, opened, damage: '', rebuilt, arrived }
}

/** A state that a comparison with the other peers found wrong looks sound, and is not opened. */
async function openSound(dataDir: DataDir, cluster: Cluster): Promise<{ opened: OpenedState; rebuilt: string }> {
  const mark = await readDamage(dataDir)
  const opened: OpenedState = mark === '' ? await openStateDir(dataDir, cluster.id) : { kind: 'damaged', reason: mark }
  // Without a log whose identity is known there is nothing to make it from.
  if (opened.kind === 'open' || dataDir.isNew || dataDir.identity === undefined) return { opened, rebuilt: '' }
  const reset = await resetStateDir(dataDir, cluster.id)
  if (reset.kind === 'open') await removeDamage(dataDir)
  return { opened: reset, rebuilt: opened.reason }
}

/**
 * What a peer that stands alone makes for itself, once: a key that is lost later must not be replaced by another one,
 * with which nothing can be opened.
 */
async function makeOwnFiles(config: Config, dataDir: DataDir, cluster: Cluster): Promise<void> {
  const drewToken = config.clusterToken === '' && (await readIfThere(dataDir.tokenFile)) === undefined
  if (drewToken) await writePrivateFile(dataDir.tokenFile, `${cluster.token}\n`)
  if (config.sealKeyFile === undefined) await makeSealKey(dataDir.sealKeyFile)
}

function readerOf({ state }: SoundState): RowReader {
  return new RowReader(state, { times: { timeMs: 0, logTimeMs: 0 }, incarnation: state.incarnation })
}
