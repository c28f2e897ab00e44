import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf'
import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import {
  SnapshotEndSchema,
  SnapshotHeaderSchema,
  SnapshotPairsSchema,
  type SnapshotHeader,
} from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import { stateVersionMax } from '../pure/state-version.ts'
import type { KeyValuePair } from '../storage/key-value.ts'
import { ContentCheck } from './content-check.ts'
import { poolPacking, type Packing } from './packing.ts'
import {
  decodePreamble,
  decodeRecordHead,
  formatVersion,
  preambleBytes,
  recordHeadBytes,
  type RecordKind,
} from './records.ts'
import { SliceWatch } from './slice-watch.ts'

/** A file to read: up to so many bytes from a position, fewer only at its end. */
export type ReadAt = (position: number, sizeBytes: number) => Promise<Uint8Array>

/** What is read of a snapshot file. */
export type SnapshotPart =
  | { readonly kind: 'header'; readonly header: SnapshotHeader & { readonly mark: AppliedMark } }
  | { readonly kind: 'pairs'; readonly pairs: readonly KeyValuePair[] }
  /** Everything agrees: only now is what came before to be believed. */
  | { readonly kind: 'end'; readonly rows: number; readonly outcomes: number; readonly sizeBytes: number }

/** What reading stands on, where it is not the usual. */
export interface ReadHow {
  readonly slices?: SliceWatch
  readonly packing?: Packing | undefined
  /** The newest state version that this peer understands; that of the release if absent. */
  readonly stateVersionMax?: number | undefined
}

/**
 * Reads a snapshot and verifies it, alone and whole: every record's checksum, the digest over all of them, the counts,
 * the order of the keys, and that rows and outcomes sum up to the hashes that the header says. Throws SNAPSHOT_INVALID
 * and SNAPSHOT_NEWER; `file` is its name in these.
 */
export async function* readSnapshot(file: string, readAt: ReadAt, how: ReadHow = {}): AsyncGenerator<SnapshotPart> {
  const { slices = new SliceWatch(), packing = poolPacking, stateVersionMax: known = stateVersionMax } = how
  const invalid = (reason: string) => trivetError('SNAPSHOT_INVALID', { file, reason })
  const records = new RecordReader(readAt, invalid)
  const version = decodePreamble(await records.take(preambleBytes, 'no snapshot begins like this'))
  if (version === undefined) throw invalid('no snapshot begins like this')
  if (version > formatVersion) throw trivetError('SNAPSHOT_NEWER', { file, found: version, known: formatVersion })

  const first = await records.next()
  if (first.kind !== 'header') throw invalid('it does not begin with its header')
  const header = decode(SnapshotHeaderSchema, first.stored, invalid)
  const { mark } = header
  if (mark === undefined) throw invalid('its header does not say how far the state is')
  if (mark.stateVersion > known) {
    throw trivetError('SNAPSHOT_NEWER', { file, found: mark.stateVersion, known })
  }
  yield { kind: 'header', header: Object.assign(header, { mark }) }

  const check = new ContentCheck(mark)
  for (;;) {
    const digest = records.digest()
    const record = await records.next()
    if (record.kind === 'header') throw invalid('it has two headers')
    if (record.kind === 'end') {
      const end = decode(SnapshotEndSchema, record.stored, invalid)
      if (Buffer.compare(end.digest, digest) !== 0) throw invalid('its digest is not that of its content')
      const problem = check.end({ rows: Number(end.rows), outcomes: Number(end.outcomes) })
      if (problem !== undefined) throw invalid(problem)
      if (!(await records.atEnd())) throw invalid('something stands behind its end')
      yield { kind: 'end', ...check.counts, sizeBytes: records.position }
      return
    }
    const unpacked = await packing.unpack(record.stored, record.unpackedBytes || 1).catch(() => {
      throw invalid('a record does not unpack')
    })
    if (unpacked.length !== record.unpackedBytes) throw invalid('a record does not unpack to its size')
    const { pairs } = slices.run(() => decode(SnapshotPairsSchema, unpacked, invalid))
    const problem = slices.run(() => check.add(pairs))
    if (problem !== undefined) throw invalid(problem)
    yield { kind: 'pairs', pairs }
  }
}

/** Reads records one after another, each with its checksum, and sums the bytes up. */
class RecordReader {
  readonly #readAt: ReadAt
  readonly #invalid: (reason: string) => Error
  readonly #digest = createHash('sha256')
  #position = 0
  #count = 0

  constructor(readAt: ReadAt, invalid: (reason: string) => Error) {
    this.#readAt = readAt
    this.#invalid = invalid
  }

  get position(): number {
    return this.#position
  }

  /** Of all bytes so far. */
  digest(): Buffer {
    return this.#digest.copy().digest()
  }

  async next(): Promise<{ readonly kind: RecordKind; readonly stored: Buffer; readonly unpackedBytes: number }> {
    this.#count++
    const cut = `it is cut off in record ${this.#count}, after ${this.#position} bytes`
    const head = decodeRecordHead(await this.take(recordHeadBytes, cut))
    // Only pairs are compressed. Nothing else covers these bytes of the last record.
    if (head === undefined || (head.kind !== 'pairs' && head.unpackedBytes !== 0)) {
      throw this.#invalid(`record ${this.#count} does not begin like one`)
    }
    const stored = await this.take(head.storedBytes, cut)
    if (crc32(stored) !== head.checksum) throw this.#invalid(`record ${this.#count} fails its checksum`)
    return { kind: head.kind, stored, unpackedBytes: head.unpackedBytes }
  }

  async take(sizeBytes: number, otherwise: string): Promise<Buffer> {
    const bytes = await this.#readAt(this.#position, sizeBytes)
    if (bytes.length < sizeBytes) throw this.#invalid(otherwise)
    this.#position += sizeBytes
    this.#digest.update(bytes)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  async atEnd(): Promise<boolean> {
    return (await this.#readAt(this.#position, 1)).length === 0
  }
}

function decode<Schema extends DescMessage>(
  schema: Schema,
  bytes: Uint8Array,
  invalid: (reason: string) => Error,
): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes)
  } catch {
    throw invalid(`what should be a ${schema.name} does not decode`)
  }
}
