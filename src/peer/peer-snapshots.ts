import { randomBytes } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { version } from '../cli/version.ts'
import { ConfigurationSchema } from '../gen/trivet/raft/v1/configuration_pb.ts'
import type { Member } from '../raft/index.ts'
import type { Replica } from '../state/replica.ts'
import { exportState } from '../state/snapshot/export-state.ts'
import { removeOtherStates } from '../state/snapshot/install-state.ts'
import type { Packing } from '../state/snapshot/packing.ts'
import { SliceWatch } from '../state/snapshot/slice-watch.ts'
import { StateDamaged } from '../state/storage/state-damaged.ts'
import type { Cluster } from './cluster.ts'
import { isKeptElsewhere } from './kept-elsewhere.ts'
import { snapshotFileOf, type SnapshotPlaces } from './snapshot-folder.ts'

/** What the snapshots of a peer stand on. */
export interface PeerSnapshotsPorts {
  readonly places: SnapshotPlaces
  readonly cluster: Pick<Cluster, 'id' | 'self'>
  readonly replica: Replica
  readonly member: () => Pick<Member, 'logPoint' | 'snapshotMade' | 'stateSynced' | 'status'>
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** The state on disk is not the one that was written, and another peer has it: this one must make it anew. */
  readonly damaged?: (reason: string) => void
  /** Aborts when this peer stops. */
  readonly signal: AbortSignal
  /** 16 hexadecimal digits that no other snapshot has. */
  readonly drawId?: () => string
  readonly wallMs?: () => number
  readonly packing?: Packing
}

/** What this peer's main thread does for the log: makes the state durable, so that it can be cut, and snapshots of it. */
export class PeerSnapshots {
  readonly #ports: PeerSnapshotsPorts
  readonly #slices = new SliceWatch()
  #making: Promise<void> | undefined

  constructor(ports: PeerSnapshotsPorts) {
    this.#ports = ports
  }

  /** Pieces of this work that held the main thread for longer than 10 ms. */
  get longSlices(): number {
    return this.#slices.longSlices
  }

  /** Removes what an earlier life has left: snapshots for others, and states that were replaced. */
  async clear(): Promise<void> {
    const { folder, states } = this.#ports.places
    await folder.clear()
    await removeOtherStates(states)
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
  remove(id: string): Promise<void> {
    return this.#ports.places.folder.remove(id)
  }

  /** Resolves when nothing is being made any more. */
  async stop(): Promise<void> {
    await this.#making
  }

  async #make(): Promise<void> {
    const { member, places, logger, signal, drawId = () => randomBytes(8).toString('hex') } = this.#ports
    if (signal.aborted) return
    const id = drawId()
    try {
      const made = await this.#write(id)
      if (!signal.aborted) member().snapshotMade(made)
    } catch (error) {
      await places.folder.remove(id).catch(() => undefined)
      if (error instanceof StateDamaged) await this.#leave(error.message)
      // A full disk, above all. Whoever needs it asks again.
      else logger.warn({ err: error }, 'a snapshot for another peer could not be made')
      if (!signal.aborted) member().snapshotMade(undefined)
    }
  }

  /** Nothing that is made of this state helps anybody. It goes only if another peer can go on with the whole of it. */
  async #leave(reason: string): Promise<void> {
    const { member, replica, logger, signal, damaged } = this.#ports
    const facts = { reason, index: replica.appliedIndex }
    const status = await member()
      .status()
      // It is stopping.
      .catch(() => undefined)
    if (signal.aborted || status === undefined) return
    if (isKeptElsewhere(status, facts.index)) {
      logger.warn(
        facts,
        'no snapshot is made of a damaged state: another peer goes on, and this one makes its own anew',
      )
      damaged?.(reason)
    } else logger.warn(facts, 'no snapshot is made of a damaged state: this peer goes on, for no other has all of it')
  }

  async #write(id: string) {
    const { cluster, places, packing, replica, member, logger, signal, wallMs = Date.now } = this.#ports
    const source = await replica.openSnapshot()
    try {
      const index = Number(source.mark.index)
      const point = await member().logPoint(index)
      // The log was cut meanwhile, or begins anew.
      if (point === undefined) return undefined
      const facts = {
        id,
        clusterId: cluster.id,
        peer: cluster.self.name,
        release: version(),
        timeMs: BigInt(Math.floor(wallMs())),
        chain: point.chain,
        configuration: fromBinary(ConfigurationSchema, point.configuration),
      }
      const file = await places.folder.create(id)
      try {
        const append = (bytes: Uint8Array) => file.append(bytes)
        const { sizeBytes } = await exportState(source, facts, { append, signal, slices: this.#slices, packing })
        await file.sync()
        logger.info({ snapshot: id, index, bytes: sizeBytes }, 'a snapshot for another peer was made')
        return { id, index, term: point.term, sizeBytes, file: snapshotFileOf(id) }
      } finally {
        await file.close()
      }
    } finally {
      await source.snapshot.close()
    }
  }
}
