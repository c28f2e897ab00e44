import { expect, test } from 'vitest'
import { ChangeExtent } from '../storage/change-extent.ts'
import type { KeyValueOperation, KeyValueSnapshot } from '../storage/key-value.ts'
import { markKey } from '../storage/keys.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import { encodeMark } from '../storage/records.ts'
import { StateStore } from '../storage/state-store.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { readingFrom, sampleFacts, sampleState, snapshotBytes } from '../testing/sample-snapshot.ts'
import { shelves } from '../testing/tables.ts'
import { put } from '../write.ts'
import { exportState, markOf } from './export-state.ts'
import { bytesReadTarget, recordPairsMax } from './limits.ts'
import { readSnapshot } from './read-snapshot.ts'

const none = new AbortController().signal

/** Exports a state whose disk was changed behind its back; gives what was written, and how it ended. */
async function exported(changes: readonly KeyValueOperation[], signal = none) {
  const { keyValue } = await sampleState(600)
  await keyValue.batch(changes, { sync: true })
  const snapshot = keyValue.snapshot()
  const mark = await markOf(snapshot)
  if (mark === undefined) throw new Error('the sample has a mark')
  const parts: Uint8Array[] = []
  const append = async (bytes: Uint8Array) => void parts.push(bytes)
  const error: unknown = await exportState({ snapshot, mark }, sampleFacts, { append, signal }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { bytes: Buffer.concat(parts), error }
}

async function read(bytes: Uint8Array): Promise<void> {
  for await (const _ of readSnapshot('f.snapshot', readingFrom(bytes)));
}

/** A state with so many rows of so many bytes on its disk. */
async function largeRows(count: number, sizeBytes: number): Promise<{ readonly keyValue: MemoryKeyValue }> {
  const writer = new LogWriter()
  const keyValue = new MemoryKeyValue()
  const { state } = writer
  const onFailed = (error: unknown) => {
    throw error
  }
  const store = new StateStore({ keyValue, state, extent: new ChangeExtent(), onFlushed: () => {}, onFailed })
  await keyValue.batch([{ key: markKey, value: encodeMark(state) }], { sync: true })
  const ballast = new Uint8Array(sizeBytes)
  for (let at = 0; at < count; at++) store.record(writer.write(() => [put(shelves, { id: `${at}`, ballast })]))
  await store.flush()
  return { keyValue }
}

const garbage = Buffer.from([255, 255, 255])

test.each<[string, KeyValueOperation, string]>([
  ['a row is lost', { key: 'r/shelf/shelf-99', value: undefined }, 'its rows do not sum up to its state hash'],
  ['the last row is lost', { key: 'r/shelf/shelf-599', value: undefined }, 'its rows do not sum up'],
  [
    'a row is lost that is not in memory',
    { key: 'r/note/0000000000000006', value: undefined },
    'its rows do not sum up to its state hash',
  ],
  ['a row is another one', { key: 'r/shelf/shelf-7', value: Buffer.of(8, 1) }, 'its rows do not sum up'],
  ['a row does not decode', { key: 'r/shelf/shelf-7', value: garbage }, 'row "r/shelf/shelf-7" does not decode'],
  ['an outcome is lost', { key: 'o/0000000000000009', value: undefined }, 'its outcomes do not sum up'],
  ['an outcome does not decode', { key: 'o/0000000000000009', value: garbage }, 'an outcome does not decode'],
])('where %s on the disk, no snapshot is made, and what is wrong is said', async (_, change, problem) => {
  const { bytes, error } = await exported([change])
  expect(error).toMatchObject({ name: 'StateDamaged' })
  expect(String(error)).toContain(`the state on disk is damaged: ${problem}`)
  // What was written by then is none.
  await expect(read(bytes)).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID' })
})

test('a sound state is exported whole, and the history of changes has no part in it', async () => {
  const { bytes, error } = await exported([{ key: 'c/0000000000000003', value: undefined }])
  expect(error).toBeUndefined()
  await read(bytes)
})

test('rows that are large are summed up a few at a time, and a state of nothing is exported, too', async () => {
  await read(await snapshotBytes((await largeRows(0, 0)).keyValue))
  await read(await snapshotBytes((await largeRows(20, 200_000)).keyValue))
})

test('large rows are read a few at a time, however many of them there are', async () => {
  const { keyValue } = await largeRows(20, 200_000)
  const source = keyValue.snapshot()
  const readBytes: number[] = []
  const counted: KeyValueSnapshot = {
    get: (key) => source.get(key),
    close: () => source.close(),
    range: async (range) => {
      const pairs = await source.range(range)
      readBytes.push(pairs.reduce((sum, { value }) => sum + value.length, 0))
      return pairs
    },
  }
  const parts: Uint8Array[] = []
  const append = async (bytes: Uint8Array) => void parts.push(bytes)
  const mark = (await markOf(counted))!
  await exportState({ snapshot: counted, mark }, sampleFacts, { append, signal: none })
  await read(Buffer.concat(parts))
  // The pair that reaches the limit comes on top.
  expect(Math.max(...readBytes)).toBeLessThan(bytesReadTarget + 201_000)
  expect(readBytes.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(20 * 200_000)
})

test('small rows are packed a few hundred at a time: each costs the main thread time, too', async () => {
  const bytes = await snapshotBytes((await largeRows(recordPairsMax * 2, 1)).keyValue)
  const counts: number[] = []
  for await (const part of readSnapshot('f.snapshot', readingFrom(bytes)))
    if (part.kind === 'pairs') counts.push(part.pairs.length)
  expect(Math.max(...counts)).toBe(recordPairsMax)
})

test('an export ends when this peer stops', async () => {
  const stopping = new AbortController()
  stopping.abort(new Error('stopping'))
  expect((await exported([], stopping.signal)).error).toBe(stopping.signal.reason)
})
