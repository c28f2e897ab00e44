import { crc32 } from 'node:zlib'
import type { SnapshotFrame, SnapshotProgress } from '../transport/snapshot-frame.ts'
import {
  snapshotBytesPerTick,
  snapshotChunkBytes,
  snapshotOfferTicks,
  snapshotStallTicks,
  snapshotWindowBytes,
} from './limits.ts'
import type { MadeSnapshot } from './port.ts'

/** What a `SnapshotSender` stands on. */
export interface SnapshotSenderPorts {
  readonly snapshot: MadeSnapshot
  /** Size of the parts in which it is sent. */
  readonly chunkBytes?: number | undefined
  /** Reads a part of its file. */
  read(part: { readonly position: number; readonly sizeBytes: number }): Promise<Uint8Array>
  /** False if the frame was dropped. */
  send(frame: SnapshotFrame): boolean
  /** The transfer has ended; called once. */
  done(outcome: { readonly delivered: boolean; readonly reason: string }): void
}

/**
 * Sends one snapshot to one peer: a window of chunks, at a limited rate, from where the receiver says that it is. When
 * something is lost, the offer is repeated, and the answer tells where to go on: a cut costs what was on its way.
 */
export class SnapshotSender {
  readonly #ports: SnapshotSenderPorts
  /** Known to be durable at the receiver; undefined until it has answered an offer. */
  #durable: number | undefined
  #sent = 0
  #budgetBytes = 0
  /** Ticks since the last offer left; undefined if the receiver has spoken since, or none has left. */
  #unansweredTicks: number | undefined
  /** Ticks since the receiver was heard of with news. */
  #quietTicks = 0
  /** The furthest that the receiver has been. */
  #reached = -1
  #isReading = false
  #isOver = false

  constructor(ports: SnapshotSenderPorts) {
    this.#ports = ports
    this.#offer()
  }

  tick(): void {
    if (this.#isOver) return
    this.#quietTicks++
    this.#budgetBytes = Math.min(this.#budgetBytes + snapshotBytesPerTick, 2 * snapshotBytesPerTick)
    if (this.#quietTicks >= snapshotStallTicks) return this.#end(false, 'the receiver has made no progress')
    if (this.#unansweredTicks !== undefined) this.#unansweredTicks++
    if (this.#isOfferDue()) this.#offer()
    this.#pump()
  }

  /** The receiver says how far it is. */
  progress({ durableBytes, refusal }: SnapshotProgress): void {
    const { sizeBytes } = this.#ports.snapshot
    if (this.#isOver) return
    if (refusal !== '') return this.#end(false, refusal)
    if (durableBytes > sizeBytes) return this.#end(false, `the receiver says that it has ${durableBytes} bytes`)
    const before = this.#durable
    if (durableBytes > this.#reached) this.#quietTicks = 0
    this.#reached = Math.max(this.#reached, durableBytes)
    this.#unansweredTicks = undefined
    this.#durable = durableBytes
    // After an offer it goes on from there, and whatever else was on its way is lost.
    if (before === undefined || durableBytes < before) this.#sent = durableBytes
    if (durableBytes === sizeBytes) return this.#end(true, '')
    this.#pump()
  }

  /** Nothing is sent any more, and nobody is told. */
  stop(): void {
    this.#isOver = true
  }

  /** One that has left may still be answered; without it, something was lost, or nothing is heard. */
  #isOfferDue(): boolean {
    if (this.#unansweredTicks !== undefined) return this.#unansweredTicks >= snapshotOfferTicks
    return this.#durable === undefined || this.#quietTicks % snapshotOfferTicks === 0
  }

  #offer(): void {
    const { id, index, term, sizeBytes } = this.#ports.snapshot
    this.#durable = undefined
    const isSent = this.#ports.send({ kind: 'offer', id, index, term, sizeBytes })
    this.#unansweredTicks = isSent ? 0 : undefined
  }

  #pump(): void {
    const { sizeBytes } = this.#ports.snapshot
    if (this.#isReading || this.#isOver || this.#durable === undefined) return
    const room = Math.min(this.#durable + snapshotWindowBytes, sizeBytes) - this.#sent
    if (room <= 0 || this.#budgetBytes <= 0) return
    this.#isReading = true
    void this.#sendNext(Math.min(room, this.#ports.chunkBytes ?? snapshotChunkBytes))
  }

  async #sendNext(chunkBytes: number): Promise<void> {
    const { id } = this.#ports.snapshot
    const position = this.#sent
    try {
      const data = await this.#ports.read({ position, sizeBytes: chunkBytes })
      this.#isReading = false
      if (this.#isOver || this.#durable === undefined || this.#sent !== position) return
      if (data.length !== chunkBytes) return this.#end(false, 'its file is shorter than it was')
      this.#budgetBytes -= chunkBytes
      this.#sent += chunkBytes
      const isSent = this.#ports.send({ kind: 'chunk', id, position, checksum: crc32(data), data })
      // The connection is gone, or full: where to go on, the receiver says.
      if (!isSent) this.#durable = undefined
      else this.#pump()
    } catch (error) {
      this.#isReading = false
      this.#end(false, error instanceof Error ? error.message : String(error))
    }
  }

  #end(delivered: boolean, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ports.done({ delivered, reason })
  }
}
