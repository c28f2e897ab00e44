import { crc32 } from 'node:zlib'
import type { PeerId } from '../core/types.ts'
import { layout } from '../store/disk.ts'
import type { Files, OpenFile } from '../store/files.ts'
import type { SnapshotChunk, SnapshotFrame, SnapshotOffer } from '../transport/snapshot-frame.ts'

/** What a `SnapshotReceiver` stands on. */
export interface SnapshotReceiverPorts {
  readonly files: Pick<Files, 'create' | 'open' | 'read' | 'removeFile' | 'renameFile' | 'replace' | 'sizeOf'>
  /** Why a snapshot is not taken from this peer; '' if it is. */
  refusal(from: PeerId, offer: SnapshotOffer): string
  send(to: PeerId, frame: SnapshotFrame): void
  /**
   * All of it is there and durable. From this very turn on nothing may be acknowledged to anybody: what the log gets
   * now goes with it.
   */
  complete(offer: SnapshotOffer): void
  /** It has its final name, durably. */
  arrived(offer: SnapshotOffer): void
  /** A file could not be written. */
  failed(reason: string): void
}

interface Receiving {
  readonly from: PeerId
  readonly offer: SnapshotOffer
  readonly file: OpenFile
  written: number
  durable: number
  isSyncing: boolean
}

const path = {
  part: `${layout.directory}/${layout.snapshotPart}`,
  offer: `${layout.directory}/${layout.snapshotOffer}`,
  arrived: `${layout.directory}/${layout.snapshotArrived}`,
}

/**
 * Takes one snapshot at a time into a file, in order, and says how much of it is durable. What it has is kept over a cut
 * and over a restart: the next offer of the same snapshot goes on from there. Whether the file is what it should be as a
 * whole, its reader finds out; here each chunk has its checksum.
 */
export class SnapshotReceiver {
  readonly #ports: SnapshotReceiverPorts
  #receiving: Receiving | undefined
  /** A file is being begun or removed: nothing is taken meanwhile. */
  #isBusy = false
  #isComplete = false

  constructor(ports: SnapshotReceiverPorts) {
    this.#ports = ports
  }

  offered(from: PeerId, offer: SnapshotOffer): void {
    if (this.#isBusy || this.#isComplete) return
    const refusal = this.#ports.refusal(from, offer)
    const { id } = offer
    if (refusal !== '') return this.#ports.send(from, { kind: 'progress', id, durableBytes: 0, refusal })
    const receiving = this.#receiving
    if (receiving?.offer.id === id && receiving.from === from) return this.#say(receiving)
    this.#isBusy = true
    // In this very turn: what a write or a sync of the one before comes to must not touch the file of this one.
    this.#receiving = undefined
    void this.#open(from, offer, receiving?.file).catch((error: unknown) => this.#abandon(from, offer, error))
  }

  chunk(from: PeerId, chunk: SnapshotChunk): void {
    const receiving = this.#receiving
    if (receiving === undefined || receiving.from !== from || receiving.offer.id !== chunk.id) return
    const { position, data } = chunk
    // What was lost before it, or came before, the sender finds out by its next offer.
    if (this.#isComplete || position !== receiving.written || crc32(data) !== chunk.checksum) return
    if (position + data.length > receiving.offer.sizeBytes) return
    try {
      receiving.file.write({ position, bytes: data })
    } catch (error) {
      void this.#abandon(from, receiving.offer, error)
      return
    }
    receiving.written += data.length
    if (!receiving.isSyncing) void this.#sync(receiving)
  }

  async #open(from: PeerId, offer: SnapshotOffer, replaced: OpenFile | undefined): Promise<void> {
    const { files } = this.#ports
    await replaced?.close()
    const { id, sizeBytes } = offer
    const known = Buffer.from(JSON.stringify({ id, sizeBytes }))
    const before = await files.read(path.offer)
    const kept = before !== undefined && known.equals(before) ? await files.sizeOf(path.part) : undefined
    const goesOn = kept !== undefined && kept <= sizeBytes
    const file = goesOn ? await files.open(path.part) : await files.create(path.part)
    try {
      if (goesOn) await file.sync()
      else await files.replace(path.offer, known)
    } catch (error) {
      await file.close()
      throw error
    }
    const written = goesOn ? kept : 0
    this.#isBusy = false
    const receiving = { from, offer, file, written, durable: written, isSyncing: false }
    this.#receiving = receiving
    this.#say(receiving)
    if (written === sizeBytes) await this.#finish(receiving)
  }

  async #sync(receiving: Receiving): Promise<void> {
    receiving.isSyncing = true
    try {
      while (receiving.durable < receiving.written && this.#receiving === receiving) {
        const { written } = receiving
        await receiving.file.sync()
        receiving.durable = written
        if (this.#receiving === receiving && written < receiving.offer.sizeBytes) this.#say(receiving)
      }
      if (this.#receiving === receiving && receiving.durable === receiving.offer.sizeBytes)
        await this.#finish(receiving)
    } catch (error) {
      if (this.#receiving === receiving) await this.#abandon(receiving.from, receiving.offer, error)
    } finally {
      receiving.isSyncing = false
    }
  }

  async #finish(receiving: Receiving): Promise<void> {
    const { files } = this.#ports
    const { from, offer, file } = receiving
    // Meanwhile the log may have brought what it holds.
    const reason = this.#ports.refusal(from, offer)
    if (reason !== '') throw new Error(reason)
    this.#isComplete = true
    this.#ports.complete(offer)
    await file.close()
    await files.renameFile({ from: path.part, to: path.arrived })
    await files.removeFile(path.offer)
    this.#say(receiving)
    this.#ports.arrived(offer)
  }

  async #abandon(from: PeerId, offer: SnapshotOffer, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error)
    if (this.#isComplete) return this.#ports.failed(reason)
    const receiving = this.#receiving
    this.#receiving = undefined
    // Until its file is gone, none is begun in its place.
    this.#isBusy = true
    this.#ports.send(from, { kind: 'progress', id: offer.id, durableBytes: 0, refusal: reason })
    try {
      await receiving?.file.close()
      await this.#ports.files.removeFile(path.part)
    } catch (cause) {
      this.#ports.failed(cause instanceof Error ? cause.message : String(cause))
    } finally {
      this.#isBusy = false
    }
  }

  #say({ from, offer, durable }: Receiving): void {
    this.#ports.send(from, { kind: 'progress', id: offer.id, durableBytes: durable, refusal: '' })
  }
}
