import { expect, test } from 'vitest'
import { ChangeExtent } from '../storage/change-extent.ts'
import type { KeyValueOperation } from '../storage/key-value.ts'
import { markKey } from '../storage/keys.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import { encodeMark } from '../storage/records.ts'
import { StateStore } from '../storage/state-store.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { readingFrom, sampleFacts, sampleState, snapshotBytes } from '../testing/sample-snapshot.ts'
import { shelves } from '../testing/tables.ts'
import { put } from '../write.ts'
import { exportState, markOf } from './export-state.ts'
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
  const writer = new LogWriter()
  const keyValue = new MemoryKeyValue()
  const { state } = writer
  const onFailed = (error: unknown) => {
    throw error
  }
  const store = new StateStore({ keyValue, state, extent: new ChangeExtent(), onFlushed: () => {}, onFailed })
  await keyValue.batch([{ key: markKey, value: encodeMark(state) }], { sync: true })
  await read(await snapshotBytes(keyValue))
  const ballast = new Uint8Array(200_000)
  for (let at = 0; at < 20; at++) store.record(writer.write(() => [put(shelves, { id: `${at}`, ballast })]))
  await store.flush()
  await read(await snapshotBytes(keyValue))
})

test('an export ends when this peer stops', async () => {
  const stopping = new AbortController()
  stopping.abort(new Error('stopping'))
  expect((await exported([], stopping.signal)).error).toBe(stopping.signal.reason)
})
