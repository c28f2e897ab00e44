import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { trivetError } from '../lib/errors.ts'
import type { Identity } from '../raft/index.ts'
import { nodeDisk, readIdentity } from '../raft/index.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import { firstStateName } from '../state/storage/state-directories.ts'
import type { Cluster } from './cluster.ts'
import { recoveryNames } from './recovery/names.ts'

/** Where a peer keeps what: the log, the state, and, for a peer that stands alone, its own token and sealing key. */
export interface DataDir {
  readonly path: string
  /** The directory that the pointer names: a snapshot that was installed has one of its own. */
  readonly state: string
  readonly tokenFile: string
  readonly sealKeyFile: string
  /** There while this peer must not serve: it holds the reason. */
  readonly damageFile: string
  /** There is no log in it, whole or broken. */
  readonly isNew: boolean
  /** Whose it is; undefined if it is nobody's yet, or if that cannot be read. */
  readonly identity: Identity | undefined
}

/** The log's part of it, which has this name only when everything is in it. */
const logDirectory = 'raft'

/**
 * Opens the data directory, made if it is missing; only this user may look into it. Changes nothing in one that is
 * there but its mode. Throws CONFIG_INVALID, and RECOVERY_UNFINISHED for one that is neither what it was nor what it
 * shall be.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const names = await readdir(path)
    if (names.includes(recoveryNames.complete)) throw trivetError('RECOVERY_UNFINISHED', { directory: path })
    await keepToOneself(path, names)
    return {
      path,
      state: join(path, (await nodeStateDirectories(path).current()) ?? firstStateName),
      tokenFile: join(path, 'cluster-token'),
      sealKeyFile: join(path, 'seal.key'),
      damageFile: join(path, 'damaged'),
      isNew: !names.includes(logDirectory),
      identity: await readIdentity(nodeDisk(path)),
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) throw cause
    throw trivetError('CONFIG_INVALID', { where: 'data-dir', reason: `${path}: ${String(cause.code)}` }, { cause })
  }
}

/**
 * Refuses a directory of another peer or cluster before anything in it is opened: LevelDB rewrites its files when it
 * opens them. Throws DATA_DIRECTORY_FOREIGN.
 */
export function requireOwn(dataDir: DataDir, cluster: Cluster): void {
  const { identity } = dataDir
  if (identity === undefined) return
  if (identity.clusterId === cluster.id && identity.peerId === cluster.self.id) return
  throw trivetError('DATA_DIRECTORY_FOREIGN', {
    directory: dataDir.path,
    foundCluster: identity.clusterId,
    foundPeer: identity.peerId,
    wantedCluster: cluster.id,
    wantedPeer: cluster.self.id,
  })
}

/** A directory that is empty or ours is closed to others; what else somebody keeps in one is not ours to close. */
async function keepToOneself(path: string, names: readonly string[]): Promise<void> {
  const mode = (await stat(path)).mode & 0o777
  if ((mode & 0o077) === 0) return
  if (names.length === 0 || names.includes(logDirectory)) return chmod(path, 0o700)
  throw trivetError('CONFIG_INVALID', {
    where: 'data-dir',
    reason: `${path} holds other things, and others may look into it (mode ${mode.toString(8)})`,
  })
}
