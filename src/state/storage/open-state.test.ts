import { fromBinary } from '@bufbuild/protobuf'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { isTrivetError } from '../../lib/errors.ts'
import { catalog } from '../catalog.ts'
import type { CommittedEntry } from '../consensus.ts'
import { revisionKey } from '../pure/revision-key.ts'
import type { Row } from '../pure/row.ts'
import type { State } from '../pure/state.ts'
import type { Step } from '../testing/log-writer.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { boxes, notes, shelves, testCatalog } from '../testing/tables.ts'
import { put, remove } from '../write.ts'
import type { KeyValue } from './key-value.ts'
import { changeKey, markKey, outcomeKey, rowKey } from './keys.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import type { OpenedState } from './open-state.ts'
import { openState } from './open-state.ts'
import { openStateDirectory } from './open-state-directory.ts'
import { encodeMark } from './records.ts'
import { StateStore } from './state-store.ts'

const format = { incarnation: 'written' }

const open = (keyValue: KeyValue, how?: { readonly incarnation: string }) =>
  openState({ keyValue, catalog: testCatalog, directory: '/data/state', format: how })

function sound(opened: OpenedState): Extract<OpenedState, { kind: 'open' }> {
  if (opened.kind === 'damaged') throw new Error(opened.reason)
  return opened
}

/** A log with everything in it that a store keeps, long enough that outcomes are evicted. */
function longLog(): LogWriter {
  const writer = new LogWriter()
  writer.write()
  for (let at = 0; at < 30; at += 1) {
    writer.logTimeMs += 60_000
    const name = `n${at % 7}`
    const toggle: Step = (read) => {
      const found = read.unique(shelves, 'name', ['', name])
      if (found) return [remove(shelves, found)]
      return [put(shelves, { id: `s${at}`, name, labels: ['all'] }), put(boxes, { shelfId: `s${at}`, boxId: '1' })]
    }
    const note: Step = (read) => [put(notes, { revisionKey: revisionKey(read.nextRevision), text: name })]
    const same: Step = () => [put(shelves, { id: 'same', counter: BigInt(at) })]
    if (at % 10 === 9) writer.nextTerm()
    writer.write(toggle, note, same)
  }
  return writer
}

function replay(state: State, entries: readonly CommittedEntry[], store?: StateStore): void {
  for (const { index, term, data } of entries) {
    const applied = state.apply({ index, term }, data.length === 0 ? undefined : fromBinary(EntrySchema, data))
    store?.record(applied)
  }
}

/** What the disk holds behind each batch while a log is applied. */
async function disksOf(writer: LogWriter): Promise<MemoryKeyValue[]> {
  const disk = new MemoryKeyValue()
  const { state, extent } = sound(await open(disk, format))
  const disks = [disk.copy()]
  const onFailed = (error: unknown) => {
    throw error
  }
  const store = new StateStore({ keyValue: disk, state, extent, onFailed, onFlushed: () => disks.push(disk.copy()) })
  for (const entry of writer.entries) {
    replay(state, [entry], store)
    await store.flush()
  }
  await store.close()
  return disks
}

const fingerprint = ({ position, hash, residentHash, outcomes }: State) => ({
  position,
  sums: [hash, residentHash, outcomes.hash].map(String),
  floor: outcomes.floor,
  outcomes: outcomes.size,
})

test('after a crash behind any batch, the log brings the same state back', async () => {
  const writer = longLog()
  const disks = await disksOf(writer)
  expect(disks.length).toBeGreaterThan(30)
  for (const disk of disks) {
    const { state, extent } = sound(await open(disk))
    replay(state, writer.entries.slice(state.position.index))
    expect(fingerprint(state)).toEqual(fingerprint(writer.state))
    expect(extent.oldest).toBe(1)
    expect([...state.scan('shelf', undefined)].map(({ key }) => key)).toEqual(
      [...writer.state.scan('shelf', undefined)].map(({ key }) => key),
    )
    expect(state.bucket('shelf', 'label/all').length).toBe(writer.state.bucket('shelf', 'label/all').length)
    expect(state.owned('box', 's2').length).toBe(writer.state.owned('box', 's2').length)
  }
  expect(writer.state.outcomes.floor).not.toBe('')
})

test('a state is made only when it is asked for, and only once', async () => {
  const disk = new MemoryKeyValue()
  expect(await open(disk)).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('says not how far') })
  const { state } = sound(await open(disk, format))
  expect(state.incarnation).toBe('written')
  // A start that was killed right after it may repeat it.
  expect(sound(await open(disk, format)).state.position.index).toBe(0)
  const used = (await disksOf(longLog())).at(-1)!
  expect(await open(used, format)).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('in use before') })
  const strange = new MemoryKeyValue([['r/shelf/x', new Uint8Array()]])
  expect(await open(strange, format)).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('holds rows') })
})

const flipped = (bytes: Uint8Array, at = bytes.length - 1) =>
  bytes.map((byte, position) => (position === at ? byte ^ 1 : byte))

test.for<[string, string, (value: Uint8Array) => Uint8Array | undefined, string]>([
  ['a row is gone', rowKey('shelf', 'same'), () => undefined, 'its rows'],
  ['a bit of a row is flipped', rowKey('shelf', 'same'), (value) => flipped(value), 'its rows'],
  ['a row does not decode', rowKey('shelf', 'same'), () => new Uint8Array([255]), 'damaged'],
  ['an outcome is gone', outcomeKey(90), () => undefined, 'its outcomes'],
  ['a bit of an outcome is flipped', outcomeKey(90), (value) => flipped(value, 5), 'damaged'],
  ['an outcome is empty', outcomeKey(90), () => new Uint8Array(), 'its outcomes'],
  ['a bit of the mark is flipped', markKey, (value) => flipped(value), 'checksum'],
  ['the mark is cut', markKey, (value) => value.subarray(0, 10), 'checksum'],
  ['the mark is gone', markKey, () => undefined, 'says not how far'],
])('it is damaged, never served, when %s', async ([, key, damage, reason]) => {
  const disk = (await disksOf(longLog())).at(-1)!
  const value = await disk.get(key)
  await disk.batch([{ key, value: damage(value!) }], { sync: false })
  expect(await open(disk)).toMatchObject({ kind: 'damaged', reason: expect.stringContaining(reason) })
})

test('whatever bit of a row is flipped, the row is read as it was, or not at all', async () => {
  const disk = (await disksOf(longLog())).at(-1)!
  const fields = ({ key, revision, bytes, unique, buckets, owner }: Row) => ({
    key,
    revision,
    bytes,
    unique,
    buckets,
    owner,
  })
  const present = [...longLog().state.scan('box', undefined)][0]!
  const key = rowKey('box', present.key)
  const value = (await disk.get(key))!
  let damaged = 0
  for (let at = 0; at < value.length * 8; at += 1) {
    const copy = disk.copy()
    const wrong = value.map((byte, position) => (position === at >> 3 ? byte ^ (1 << (at & 7)) : byte))
    await copy.batch([{ key, value: wrong }], { sync: false })
    const opened = await open(copy)
    if (opened.kind === 'damaged') damaged += 1
    // The decoder does not look at some bits of a field's type.
    else expect(fields(opened.state.row('box', present.key)!)).toEqual(fields(present))
  }
  expect(damaged).toBeGreaterThan(value.length * 7)
})

test('a row that came back from an older batch is damage', async () => {
  const disks = await disksOf(longLog())
  const disk = disks.at(-1)!
  const value = await disks.at(-2)!.get(rowKey('shelf', 'same'))
  await disk.batch([{ key: rowKey('shelf', 'same'), value }], { sync: false })
  expect((await open(disk)).kind).toBe('damaged')
})

test('history behind a gap is forgotten, and the rest is served', async () => {
  const disk = (await disksOf(longLog())).at(-1)!
  await disk.batch([{ key: changeKey(50), value: undefined }], { sync: false })
  expect(sound(await open(disk.copy())).extent.oldest).toBe(51)
  await disk.batch([{ key: changeKey(90), value: undefined }], { sync: false })
  expect(sound(await open(disk)).extent.oldest).toBe(91)
})

test('a state of a newer release is refused, and nothing is changed', async () => {
  const disk = (await disksOf(longLog())).at(-1)!
  const { state } = sound(await open(disk))
  state.restorePosition({ ...state.position, stateVersion: 2 }, state.hash.toBytes())
  await disk.batch([{ key: markKey, value: encodeMark(state) }], { sync: false })
  const attempt = open(disk)
  await expect(attempt).rejects.toThrow('data directory /data/state has format 2; this release reads format 1')
  await expect(attempt).rejects.toSatisfy((error) => isTrivetError(error, 'DATA_FORMAT_UNKNOWN'))
})

test('a directory with a state of a newer release is refused and let go of', async () => {
  const base = mkdtempSync(join(tmpdir(), 'trivet-state-'))
  const options = { catalog: testCatalog, directory: join(base, 'state') }
  const first = sound(await openStateDirectory({ ...options, format }))
  first.state.restorePosition({ ...first.state.position, stateVersion: 2 }, first.state.hash.toBytes())
  await first.keyValue.batch([{ key: markKey, value: encodeMark(first.state) }], { sync: false })
  await first.keyValue.close()
  for (const _ of [1, 2]) {
    await expect(openStateDirectory({ ...options, format: undefined })).rejects.toSatisfy((error) =>
      isTrivetError(error, 'DATA_FORMAT_UNKNOWN'),
    )
  }
  rmSync(base, { recursive: true })
})

test('a directory with a damaged state is let go of, too', async () => {
  const base = mkdtempSync(join(tmpdir(), 'trivet-state-'))
  const options = { catalog: testCatalog, directory: join(base, 'state') }
  const first = sound(await openStateDirectory({ ...options, format }))
  await first.keyValue.batch([{ key: markKey, value: undefined }], { sync: false })
  await first.keyValue.close()
  const damaged = { kind: 'damaged', reason: 'the state on disk is damaged: it says not how far it is' }
  for (const _ of [1, 2]) expect(await openStateDirectory({ ...options, format: undefined })).toEqual(damaged)
  rmSync(base, { recursive: true })
})

test('a directory whose database is gone is damaged, and one that is open elsewhere is locked', async () => {
  const base = mkdtempSync(join(tmpdir(), 'trivet-state-'))
  const directory = join(base, 'state')
  const options = { catalog: catalog([shelves]), directory }
  const first = sound(await openStateDirectory({ ...options, format }))
  await expect(openStateDirectory({ ...options, format: undefined })).rejects.toSatisfy((error) =>
    isTrivetError(error, 'DATA_DIRECTORY_LOCKED'),
  )
  await first.keyValue.close()
  const second = sound(await openStateDirectory({ ...options, format: undefined }))
  expect(second.state.incarnation).toBe('written')
  await second.keyValue.close()
  for (const file of readdirSync(directory)) rmSync(join(directory, file))
  expect(await openStateDirectory({ ...options, format: undefined })).toMatchObject({ kind: 'damaged' })
  rmSync(base, { recursive: true })
})
