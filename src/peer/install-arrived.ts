import { toBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { ConfigurationSchema } from '../gen/trivet/raft/v1/configuration_pb.ts'
import { isTrivetError, trivetError, type TrivetError } from '../lib/errors.ts'
import type { LogPoint } from '../raft/index.ts'
import { installState } from '../state/snapshot/install-state.ts'
import type { Packing } from '../state/snapshot/packing.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import type { StateDirectories } from '../state/storage/state-directories.ts'
import { nodeArrivedFile, type ArrivedFile } from './arrived-file.ts'
import type { Cluster } from './cluster.ts'

/** What became of a snapshot that another peer sent. */
export type Arrived =
  | { readonly kind: 'none' }
  /** The state is that of the snapshot; the log has to go on here. */
  | { readonly kind: 'installed'; readonly point: LogPoint }
  /** It was not what it should be, and is gone: the leader sends another one. */
  | { readonly kind: 'refused'; readonly reason: string }

/** What `installArrived` stands on. */
export interface ArrivedPorts {
  readonly file: ArrivedFile
  readonly directories: StateDirectories
  readonly packing?: Packing
  /** The newest state version that this peer understands; that of the release if absent. */
  readonly stateVersionMax?: number
}

/** Those of the data directory at a path of the file system. */
export function nodeArrivedPorts(root: string): ArrivedPorts {
  return { file: nodeArrivedFile(root), directories: nodeStateDirectories(root) }
}

/**
 * Installs the snapshot that has arrived, if there is one. Nothing else of this peer runs. The file stays until the log
 * follows the state, too: whatever interrupts the way there, the next start goes it again. Throws
 * DATA_FORMAT_UNKNOWN.
 */
export async function installArrived(ports: ArrivedPorts, cluster: Pick<Cluster, 'id'>): Promise<Arrived> {
  const { file, directories, packing, stateVersionMax } = ports
  const opened = await file.open()
  if (opened === undefined) return { kind: 'none' }
  try {
    const { mark, chain, configuration } = await installState({
      directories,
      packing,
      stateVersionMax,
      file: file.name,
      clusterId: cluster.id,
      readAt: opened.readAt,
    })
    const point = {
      index: Number(mark.index),
      term: Number(mark.term),
      chain,
      configuration: toBinary(ConfigurationSchema, configuration),
    }
    return { kind: 'installed', point }
  } catch (error) {
    if (!isTrivetError(error)) throw error
    // Another one would be as new: an operator has to start a newer release here, which installs this one.
    if (error.code === 'SNAPSHOT_NEWER') throw formatUnknown(file.name, error)
    await file.remove()
    return { kind: 'refused', reason: error.message }
  } finally {
    await opened.close()
  }
}

function formatUnknown(path: string, error: TrivetError): TrivetError {
  const { found = '', known = '' } = error.params
  return trivetError('DATA_FORMAT_UNKNOWN', { directory: path, found, known }, { cause: error })
}

/** Says so in the log of this peer. */
export function tellArrived(logger: Pick<Logger, 'info' | 'error'>, arrived: Arrived): void {
  if (arrived.kind === 'installed') logger.info({ index: arrived.point.index }, 'the state is that of a snapshot')
  if (arrived.kind === 'refused')
    logger.error({ reason: arrived.reason }, 'a snapshot that another peer sent is refused')
}
