import { randomBytes } from 'node:crypto'
import { mkdir, open, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { version } from '../cli/version.ts'
import { ConfigurationSchema } from '../gen/trivet/raft/v1/configuration_pb.ts'
import { libuvPool } from '../lib/semaphore.ts'
import type { Member } from '../raft/index.ts'
import type { Replica } from '../state/replica.ts'
import { exportState } from '../state/snapshot/export-state.ts'
import { SliceWatch } from '../state/snapshot/slice-watch.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import { removeOtherStates } from '../state/snapshot/install-state.ts'
import type { Cluster } from './cluster.ts'
import type { DataDir } from './data-dir.ts'

/** Where snapshots for other peers are made, within the data directory. */
const directoryName = 'snapshots'

/** What the snapshots of a peer stand on. */
export interface PeerSnapshotsPorts {
  readonly dataDir: Pick<DataDir, 'path'>
  readonly cluster: Pick<Cluster, 'id' | 'self'>
  readonly replica: Replica
  readonly member: () => Pick<Member, 'logPoint' | 'snapshotMade' | 'stateSynced'>
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** Aborts when this peer stops. */
  readonly signal: AbortSignal
}

/** What this peer's main thread does for the log: makes the state durable, so that it can be cut, and snapshots of it. */
export class PeerSnapshots {
  readonly #ports: PeerSnapshotsPorts
  readonly #slices = new SliceWatch()
  readonly #directory: string
  #making: Promise<void> | undefined

  constructor(ports: PeerSnapshotsPorts) {
    this.#ports = ports
    this.#directory = join(ports.dataDir.path, directoryName)
  }

  /** Pieces of this work that held the main thread for longer than 10 ms. */
  get longSlices(): number {
    return this.#slices.longSlices
  }

  /** Removes what an earlier life has left: snapshots for others, and states that were replaced. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true })
    await removeOtherStates(nodeStateDirectories(this.#ports.dataDir.path))
  }

  /** The log can be cut up to where the state is durable. */
  async syncState(): Promise<void> {
    const { replica, member, signal } = this.#ports
    if (signal.aborted) return
    const index = await replica.syncState()
    if (!signal.aborted) member().stateSynced(index)
  }

  /** Makes a snapshot, one at a time. */
  make(): Promise<void> {
    this.#making ??= this.#make().finally(() => (this.#making = undefined))
    return this.#making
  }

  /** Nobody needs it any more. */
  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
  }

  /** Resolves when nothing is being made any more. */
  async stop(): Promise<void> {
    await this.#making
  }

  async #make(): Promise<void> {
    const { member, logger, signal } = this.#ports
    if (signal.aborted) return
    const id = randomBytes(8).toString('hex')
    try {
      const made = await this.#write(id)
      if (!signal.aborted) member().snapshotMade(made)
    } catch (error) {
      // A full disk, above all. Whoever needs it asks again.
      logger.warn({ err: error }, 'a snapshot for another peer could not be made')
      await unlink(this.#path(id)).catch(() => undefined)
      if (!signal.aborted) member().snapshotMade(undefined)
    }
  }

  async #write(id: string) {
    const { cluster, replica, member, logger, signal } = this.#ports
    const source = await replica.openSnapshot()
    try {
      const index = Number(source.mark.index)
      const point = await member().logPoint(index)
      // The log was cut meanwhile, or begins anew.
      if (point === undefined) return undefined
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      await using file = await open(this.#path(id), 'wx', 0o600)
      const facts = {
        id,
        clusterId: cluster.id,
        peer: cluster.self.name,
        release: version(),
        timeMs: BigInt(Date.now()),
        chain: point.chain,
        configuration: fromBinary(ConfigurationSchema, point.configuration),
      }
      const { sizeBytes } = await exportState(source, facts, {
        append: (bytes) => libuvPool.run(() => file.writeFile(bytes)),
        signal,
        slices: this.#slices,
      })
      await libuvPool.run(() => file.sync())
      logger.info({ snapshot: id, index, bytes: sizeBytes }, 'a snapshot for another peer was made')
      return { id, index, term: point.term, sizeBytes, file: `${directoryName}/${id}.snapshot` }
    } finally {
      await source.snapshot.close()
    }
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.snapshot`)
  }
}
