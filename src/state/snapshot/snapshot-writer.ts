import { createHash } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  SnapshotEndSchema,
  SnapshotHeaderSchema,
  SnapshotPairsSchema,
  type SnapshotHeader,
} from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import type { KeyValuePair } from '../storage/key-value.ts'
import { recordBytesTarget, recordPairsMax } from './limits.ts'
import { poolPacking, type Packing } from './packing.ts'
import { encodePreamble, encodeRecord } from './records.ts'
import { SliceWatch } from './slice-watch.ts'

/** Takes the bytes of a file, one after another; the next ones only when it has resolved. */
export type Append = (bytes: Uint8Array) => Promise<void>

/**
 * Writes a snapshot: what a peer sends to another one, and what a backup is. Pairs come in the order of their keys.
 * Each step is short; records are packed in the pool.
 */
export class SnapshotWriter {
  readonly #append: Append
  readonly #slices: SliceWatch
  readonly #packing: Packing
  readonly #digest = createHash('sha256')
  #pairs: KeyValuePair[] = []
  #pairsBytes = 0
  #rows = 0
  #outcomes = 0
  #sizeBytes = 0

  constructor(append: Append, slices = new SliceWatch(), packing = poolPacking) {
    this.#append = append
    this.#slices = slices
    this.#packing = packing
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Pairs so far. */
  get counts(): { readonly rows: number; readonly outcomes: number } {
    return { rows: this.#rows, outcomes: this.#outcomes }
  }

  async begin(header: SnapshotHeader): Promise<void> {
    await this.#write(encodePreamble())
    await this.#write(encodeRecord('header', toBinary(SnapshotHeaderSchema, header), 0))
  }

  async add(pair: KeyValuePair): Promise<void> {
    if (pair.key.startsWith('r/')) this.#rows++
    else this.#outcomes++
    this.#pairs.push(pair)
    this.#pairsBytes += pair.key.length + pair.value.length
    if (this.#pairsBytes >= recordBytesTarget || this.#pairs.length >= recordPairsMax) await this.#writePairs()
  }

  async end(): Promise<void> {
    await this.#writePairs()
    const counts = { rows: BigInt(this.#rows), outcomes: BigInt(this.#outcomes) }
    const end = create(SnapshotEndSchema, { ...counts, digest: this.#digest.copy().digest() })
    await this.#write(encodeRecord('end', toBinary(SnapshotEndSchema, end), 0))
  }

  async #writePairs(): Promise<void> {
    if (this.#pairs.length === 0) return
    const unpacked = this.#slices.run(() =>
      toBinary(SnapshotPairsSchema, create(SnapshotPairsSchema, { pairs: this.#pairs })),
    )
    this.#pairs = []
    this.#pairsBytes = 0
    const packed = await this.#packing.pack(unpacked)
    await this.#write(this.#slices.run(() => encodeRecord('pairs', packed, unpacked.length)))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#slices.run(() => this.#digest.update(bytes))
    this.#sizeBytes += bytes.length
    await this.#append(bytes)
  }
}
