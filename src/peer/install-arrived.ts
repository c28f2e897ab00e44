import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { ConfigurationSchema } from '../gen/trivet/raft/v1/configuration_pb.ts'
import { isTrivetError } from '../lib/errors.ts'
import { arrivedSnapshotPath, type LogPoint } from '../raft/index.ts'
import { installState } from '../state/snapshot/install-state.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import type { Cluster } from './cluster.ts'
import type { DataDir } from './data-dir.ts'

/** What became of a snapshot that another peer sent. */
export type Arrived =
  | { readonly kind: 'none' }
  /** The state is that of the snapshot; the log has to go on here. */
  | { readonly kind: 'installed'; readonly point: LogPoint }
  /** It was not what it should be, and is gone: the leader sends another one. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Installs the snapshot that has arrived, if there is one. Nothing else of this peer runs. The file stays until the log
 * follows the state, too: whatever interrupts the way there, the next start goes it again.
 */
export async function installArrived(dataDir: Pick<DataDir, 'path'>, cluster: Pick<Cluster, 'id'>): Promise<Arrived> {
  const file = join(dataDir.path, arrivedSnapshotPath)
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return { kind: 'none' }
  try {
    const { mark, chain, configuration } = await installState({
      directories: nodeStateDirectories(dataDir.path),
      file,
      clusterId: cluster.id,
      readAt: async (position, sizeBytes) => {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(sizeBytes), 0, sizeBytes, position)
        return buffer.subarray(0, bytesRead)
      },
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
    await rm(file, { force: true })
    return { kind: 'refused', reason: error.message }
  } finally {
    await handle.close()
  }
}

/** Says so in the log of this peer. */
export function tellArrived(logger: Pick<Logger, 'info' | 'error'>, arrived: Arrived): void {
  if (arrived.kind === 'installed') logger.info({ index: arrived.point.index }, 'the state is that of a snapshot')
  if (arrived.kind === 'refused')
    logger.error({ reason: arrived.reason }, 'a snapshot that another peer sent is refused')
}
