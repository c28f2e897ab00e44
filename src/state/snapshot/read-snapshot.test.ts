import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { SnapshotEndSchema, SnapshotHeaderSchema } from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import type { TrivetError } from '../../lib/errors.ts'
import type { KeyValue, KeyValuePair } from '../storage/key-value.ts'
import { decodeMark, encodeMark } from '../storage/records.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { readingFrom, sampleFacts, sampleState, snapshotBytes } from '../testing/sample-snapshot.ts'
import { markOf } from './export-state.ts'
import { readSnapshot } from './read-snapshot.ts'
import { recordBytesMax } from './limits.ts'
import { encodePreamble, encodeRecord, magic, preambleBytes, recordHeadBytes } from './records.ts'
import { SliceWatch } from './slice-watch.ts'
import { SnapshotWriter } from './snapshot-writer.ts'

const { writer, keyValue } = await sampleState(900)
const whole = await snapshotBytes(keyValue)
/** For what is tried at many places. */
const small = await snapshotBytes((await sampleState(40)).keyValue)

async function verify(bytes: Uint8Array) {
  const parts = []
  for await (const part of readSnapshot('f.snapshot', readingFrom(bytes))) parts.push(part)
  return parts
}

/** A file of these pairs, well made, with the header of a state. */
async function bytesOf(source: KeyValue, pairs: readonly KeyValuePair[]): Promise<Buffer> {
  const mark = await markOf(source.snapshot())
  if (mark === undefined) throw new Error('the sample has a mark')
  const parts: Uint8Array[] = []
  const made = new SnapshotWriter(async (bytes) => void parts.push(bytes))
  await made.begin(create(SnapshotHeaderSchema, { ...sampleFacts, mark }))
  for (const pair of pairs) await made.add(pair)
  await made.end()
  return Buffer.concat(parts)
}

async function problemOf(bytes: Uint8Array): Promise<TrivetError> {
  const error: unknown = await verify(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ name: 'TrivetError' })
  return error as TrivetError
}

test('a snapshot says whose state it holds and how far it is, and holds all of it', async () => {
  const parts = await verify(whole)
  const [first, ...rest] = parts
  expect(first).toMatchObject({
    kind: 'header',
    header: {
      clusterId: sampleFacts.clusterId,
      configuration: { voters: ['a'.repeat(16)] },
      mark: {
        index: BigInt(writer.state.position.index),
        revision: BigInt(writer.state.revision),
        incarnation: 'written',
      },
    },
  })
  expect(rest.at(-1)).toEqual({ kind: 'end', rows: 2700, outcomes: 2700, sizeBytes: whole.length })
  const pairs = rest.flatMap((part) => (part.kind === 'pairs' ? part.pairs : []))
  expect(pairs).toHaveLength(5400)
  for (const { key, value } of pairs) expect(Buffer.compare(value, (await keyValue.get(key))!)).toBe(0)
  if (first?.kind !== 'header') throw new Error('the header comes first')
  expect(Buffer.compare(first.header.chain, sampleFacts.chain)).toBe(0)
  expect(Buffer.compare(first.header.mark.stateHash, writer.state.hash.toBytes())).toBe(0)
})

test('a snapshot cut off anywhere is refused, and says where', async () => {
  for (let size = 0; size < small.length; size += 1 + Math.floor(small.length / 150)) {
    const error = await problemOf(small.subarray(0, size))
    expect(error.code).toBe('SNAPSHOT_INVALID')
    expect(error.message).toMatch(/is cut off in record \d+, after \d+ bytes|no snapshot begins like this/)
  }
})

test('a bit that is wrong in the head of the last record is found, where no checksum stands behind it', async () => {
  const end = [...small.keys()].findLast((at) => small.subarray(at, at + 3).equals(Buffer.from([0x45, 0, 0])))!
  for (let bit = 0; bit < recordHeadBytes * 8; bit++) {
    const bytes = Buffer.from(small)
    bytes[end + Math.floor(bit / 8)]! ^= 1 << (bit % 8)
    expect((await problemOf(bytes)).code, `bit ${bit}`).toBe('SNAPSHOT_INVALID')
  }
})

test('a bit that is wrong anywhere is found', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  for (let at = 0; at < 250; at++) {
    const position = at < 60 ? at : (Math.imul(seed + at, 2_654_435_761) >>> 0) % small.length
    const bytes = Buffer.from(small)
    bytes[position]! ^= 1 << (at % 8)
    const error = await problemOf(bytes)
    expect(['SNAPSHOT_INVALID', 'SNAPSHOT_NEWER'], `byte ${position}, seed ${seed}`).toContain(error.code)
  }
})

test('what stands behind the end, or is no snapshot at all, is refused', async () => {
  expect((await problemOf(Buffer.concat([whole, Buffer.of(0)]))).message).toContain('something stands behind its end')
  expect((await problemOf(Buffer.from('#!/bin/sh\necho this is something else\n'))).message).toContain(
    'begins like this',
  )
})

test('a snapshot of a newer release is named as such', async () => {
  const newer = Buffer.from(whole)
  newer.writeUInt32BE(2, magic.length)
  expect(await problemOf(newer)).toMatchObject({ code: 'SNAPSHOT_NEWER', params: { found: 2, known: 1 } })
})

test('records that are each whole, but not all there, are refused', async () => {
  const starts: number[] = []
  for (let at = preambleBytes; at < whole.length; at += recordHeadBytes + whole.readUInt32BE(at + 1)) starts.push(at)
  expect(starts.length).toBeGreaterThan(4)
  const [, second, third] = starts as [number, number, number]
  const without = Buffer.concat([whole.subarray(0, second), whole.subarray(third)])
  expect((await problemOf(without)).message).toMatch(/digest|out of order|sum up/)
  const swapped = Buffer.concat([
    whole.subarray(0, second),
    whole.subarray(third, starts[3]),
    whole.subarray(second, third),
    whole.subarray(starts[3]),
  ])
  expect((await problemOf(swapped)).message).toContain('out of order')
})

test('rows that are not those of the header are refused, however well the file is made', async () => {
  const { keyValue: sound } = await sampleState(3)
  for (const [missing, problem] of [
    ['r/shelf/shelf-1', 'its rows do not sum up to its state hash'],
    ['o/0000000000000001', 'its outcomes do not sum up'],
  ] as const) {
    const pairs = (await sound.range({ from: 'o/', to: 's', limit: 1_000 })).filter(({ key }) => key !== missing)
    expect((await problemOf(await bytesOf(sound, pairs))).message).toContain(problem)
  }
})

/** A file of these records, whose digest is right. */
function fileOf(...records: readonly Buffer[]): Buffer {
  const before = Buffer.concat([encodePreamble(), ...records])
  const end = create(SnapshotEndSchema, { digest: createHash('sha256').update(before).digest() })
  return Buffer.concat([before, encodeRecord('end', toBinary(SnapshotEndSchema, end), 0)])
}

const headerRecord = (fields: Partial<MessageInitShape<typeof SnapshotHeaderSchema>>) =>
  encodeRecord('header', toBinary(SnapshotHeaderSchema, create(SnapshotHeaderSchema, { ...sampleFacts, ...fields })), 0)
const garbage = Buffer.from([255, 255, 255])
const emptyMark = encodeMark(new LogWriter().state)
const header = headerRecord({ mark: decodeMark(emptyMark)! })

test.each<[string, readonly Buffer[], string]>([
  ['without a header', [], 'it does not begin with its header'],
  ['with two headers', [header, header], 'it has two headers'],
  [
    'whose header is no header',
    [encodeRecord('header', garbage, 0)],
    'what should be a SnapshotHeader does not decode',
  ],
  ['whose header says not how far it is', [headerRecord({})], 'its header does not say how far the state is'],
  ['with pairs that do not unpack', [header, encodeRecord('pairs', garbage, 7)], 'a record does not unpack'],
  ['with pairs that were never packed', [header, encodeRecord('pairs', garbage, 0)], 'a record does not unpack'],
  [
    'with pairs of another size than said',
    [header, encodeRecord('pairs', zstdCompressSync(Buffer.alloc(10)), 12)],
    'a record does not unpack to its size',
  ],
  [
    'with pairs that are none',
    [header, encodeRecord('pairs', zstdCompressSync(garbage), garbage.length)],
    'what should be a SnapshotPairs does not decode',
  ],
])('a file %s is refused, however right its checksums are', async (_, records, reason) => {
  expect((await problemOf(fileOf(...records))).message).toContain(reason)
})

test('a snapshot of a state version that this release does not know is named as newer', async () => {
  const mark = { ...decodeMark(emptyMark)!, stateVersion: 99 }
  const error = await problemOf(fileOf(headerRecord({ mark })))
  expect(error).toMatchObject({ code: 'SNAPSHOT_NEWER', params: { found: 99 } })
})

test('no record is written that no reader would take', () => {
  expect(() => encodeRecord('pairs', new Uint8Array(recordBytesMax + 1), 1)).toThrow(RangeError)
  expect(() => encodeRecord('pairs', garbage, recordBytesMax + 1)).toThrow(RangeError)
})

test('work that holds the loop for longer than 10 ms is counted', () => {
  let nowMs = 0
  const slices = new SliceWatch(() => nowMs)
  slices.run(() => (nowMs += 10))
  expect(slices.longSlices).toBe(0)
  expect(() =>
    slices.run(() => {
      nowMs += 11
      throw new Error('all the same')
    }),
  ).toThrow('all the same')
  expect(slices.longSlices).toBe(1)
})
