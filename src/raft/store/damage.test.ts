import { cp, mkdtemp, open as openFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { clusterIdOf } from './cluster-id.ts'
import { nodeDisk } from './disk.ts'
import { formatStore } from './format-store.ts'
import { openLevel } from './level-key-value.ts'
import type { LogStore } from './log-store.ts'
import { readIdentity, type OpenedStore } from './open-store.ts'
import { appendDurably, bootstrap, contentOf, entriesOf, open, openHealthy, openNew, peers } from './store-fixture.ts'
import { readVotes } from './vote-slots.ts'

/** Real damage of a real LevelDB, by the table of hazards: it is found, told, and never opened as healthy. */
const lastIndex = 600

let root: string
let original: string
let content: string[]
let directory: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-damage-'))
  original = join(root, 'original')
  const store = await openNew(nodeDisk(original))
  for (let from = 2; from <= lastIndex; from += 10) {
    const entries = entriesOf({ from, to: Math.min(from + 9, lastIndex), term: 1 + Math.floor(from / 200) })
    const hardState = { term: entries[0]!.term, vote: peers[1]!.id, commit: from - 1 }
    await appendDurably(store, { entries, hardState })
  }
  content = contentOf(store)
  await store.close()
})

beforeEach(async () => {
  directory = await mkdtemp(join(root, 'case-'))
  await cp(original, directory, { recursive: true })
})

afterEach(async () => rm(directory, { recursive: true, force: true }))
afterAll(async () => rm(root, { recursive: true, force: true }))

/** Closes a store and gives it. */
async function closed(store: LogStore): Promise<LogStore> {
  await store.close()
  return store
}

const path = (name: string) => join(directory, 'raft', name)

/** The write-ahead log, which still holds everything: LevelDB has not written a table yet. */
async function walPath(): Promise<string> {
  const [wal, ...others] = (await readdir(path('log'))).filter((name) => name.endsWith('.log'))
  expect(others).toEqual([])
  return path(join('log', wal!))
}

async function flip(file: string, position: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[position]! ^= 1 << (position % 8)
  await writeFile(file, bytes)
}

async function reopened(): Promise<OpenedStore> {
  const opened = await open(nodeDisk(directory))
  if (opened.kind === 'healthy') await opened.store.close()
  return opened
}

/** Damaged now, and still damaged when it is opened again: LevelDB rewrites its files, but nothing heals by itself. */
async function expectDamaged(part: string, reason: string | RegExp): Promise<void> {
  const damaged = { kind: 'damaged', part, reason: expect.stringMatching(reason) as string }
  expect(await reopened()).toMatchObject(damaged)
  expect(await reopened()).toMatchObject({ kind: 'damaged', part })
}

test('without damage everything is read back', async () => {
  const store = await openHealthy(nodeDisk(directory))
  expect(contentOf(store)).toEqual(content)
  expect(store.lastIndex()).toBe(lastIndex)
  await store.close()
})

test('a flipped bit anywhere in the write-ahead log is found, unless it changed nothing', async () => {
  const { size } = await stat(await walPath())
  const positions = 24
  let damaged = 0
  for (let at = 0; at < positions; at++) {
    await rm(directory, { recursive: true })
    await cp(original, directory, { recursive: true })
    await flip(await walPath(), Math.floor(((at + 0.5) * size) / positions))
    const opened = await open(nodeDisk(directory))
    if (opened.kind === 'healthy') {
      expect(contentOf(opened.store)).toEqual(content)
      await opened.store.close()
    } else {
      expect(opened).toMatchObject({ kind: 'damaged', part: 'log' })
      damaged++
    }
  }
  expect(damaged).toBeGreaterThan(positions / 2)
})

test('a deleted write-ahead log is found', async () => {
  await rm(await walPath())
  await expectDamaged('log', 'it ends with entry 1, and its hard state is behind both vote files')
})

test.each([0.5, 0.9, 0.99, 0.999])('a write-ahead log cut to %d of its size is found', async (part) => {
  const wal = await walPath()
  await truncate(wal, Math.floor((await stat(wal)).size * part))
  await expectDamaged('log', /the end of the log is lost|entry \d+ was committed/)
})

test('a page of zeros in the middle of the write-ahead log is found', async () => {
  const wal = await walPath()
  const bytes = await readFile(wal)
  const page = Math.floor(bytes.length / 2 / 4096) * 4096
  bytes.fill(0, page, page + 4096)
  await writeFile(wal, bytes)
  await expectDamaged('log', /missing|the end of the log is lost|was committed/)
})

test('zeros at the end of the write-ahead log are found', async () => {
  const wal = await walPath()
  const bytes = await readFile(wal)
  bytes.fill(0, bytes.length - 2000)
  await writeFile(wal, bytes)
  await expectDamaged('log', 'the end of the log is lost')
})

test('a manifest cut in half is found', async () => {
  const manifest = (await readdir(path('log'))).find((name) => name.startsWith('MANIFEST'))!
  await truncate(path(join('log', manifest)), 10)
  await expectDamaged('log', /./)
})

test('a deleted CURRENT is found, and no empty database is made', async () => {
  await rm(path('log/CURRENT'))
  await expectDamaged('log', 'does not exist')
})

test('a deleted database is found', async () => {
  await rm(path('log'), { recursive: true })
  await expectDamaged('log', 'the log is missing')
})

test('flipped bits in a table, which LevelDB returns as values, are found', async () => {
  const level = await openLevel(path('log'), { create: false })
  await level.close()
  const table = (await readdir(path('log'))).find((name) => name.endsWith('.ldb'))!
  const file = path(join('log', table))
  const { size } = await stat(file)
  let damaged = 0
  for (const part of [0.2, 0.4, 0.6]) {
    await flip(file, Math.floor(size * part))
    const opened = await reopened()
    if (opened.kind === 'damaged') damaged++
    expect(opened.kind).toBe('damaged')
  }
  expect(damaged).toBe(3)
})

test('a deleted table is found', async () => {
  await (await openLevel(path('log'), { create: false })).close()
  const table = (await readdir(path('log'))).find((name) => name.endsWith('.ldb'))!
  await rm(path(join('log', table)))
  await expectDamaged('log', /./)
})

test.each([
  ['deleted', async (name: string) => rm(path(name))],
  ['flipped', async (name: string) => flip(path(name), 20)],
  ['cut', async (name: string) => truncate(path(name), 10)],
])('one %s vote file is made again from the other one and the log', async (_, damage) => {
  const files = async () => Promise.all(['vote.0', 'vote.1'].map((name) => readFile(path(name))))
  for (const name of ['vote.0', 'vote.1']) {
    const { hardState } = (await openHealthy(nodeDisk(directory)).then(closed)).initialState()
    await damage(name)
    const store = await openHealthy(nodeDisk(directory)).then(closed)
    expect(store.initialState().hardState).toEqual(hardState)
    const nonce = (await readIdentity(nodeDisk(directory)))!.nonce
    const [zero, one] = await files()
    expect(readVotes([zero, one], nonce)).toMatchObject({ newest: { term: hardState.term, vote: hardState.vote } })
    expect(readVotes([zero, one], nonce)).not.toHaveProperty('reason')
  }
})

test('one vote file and the log lost together are a lost vote: what is left may be any vote', async () => {
  await rm(path('vote.0'))
  await rm(await walPath())
  await expectDamaged('vote', 'the vote is lost')
})

test.each(['identity.json', 'identity.copy.json'])('a lost %s is made again with the next change', async (name) => {
  await rm(path(name))
  const store = await openHealthy(nodeDisk(directory))
  store.acquaintances.remember(peers[1]!.id, { nonce: 'b', starts: 1, run: 'r' })
  await store.close()
  expect(await readFile(path(name))).toEqual(await readFile(path('identity.json')))
})

test('vote files of an earlier day are a lost vote', async () => {
  const earlier = join(root, 'earlier')
  await formatStore(nodeDisk(earlier), bootstrap)
  for (const name of ['vote.0', 'vote.1']) await cp(join(earlier, 'raft', name), path(name))
  await expectDamaged('vote', 'the vote is lost')
})

test('two flipped vote files are a lost vote', async () => {
  await flip(path('vote.0'), 20)
  await flip(path('vote.1'), 20)
  await expectDamaged('vote', 'neither vote file passes its checksum')
})

test('a deleted or flipped tail witness is told, for the end of the log may be lost unseen', async () => {
  const file = await openFile(path('witness'), 'r+')
  await file.write(Buffer.of(0xff), 0, 1, 30)
  await file.write(Buffer.of(0xff), 0, 1, 4096 + 30)
  await file.close()
  await expectDamaged('witness', 'no slot of the tail witness')
  await rm(path('witness'))
  await expectDamaged('witness', 'nothing tells')
})

test('a changed identity is told, and the log is not opened', async () => {
  const text = await readFile(path('identity.json'), 'utf8')
  for (const name of ['identity.json', 'identity.copy.json']) {
    await writeFile(path(name), text.replace('"mustHaveIndex": 1', '"mustHaveIndex": 0'))
  }
  const before = await readdir(path('log'))
  await expectDamaged('identity', 'identity.json and its copy are not what was written')
  expect(await readdir(path('log'))).toEqual(before)
})

test('a deleted identity is told, and nothing is made over what is left', async () => {
  for (const name of ['identity.json', 'identity.copy.json']) await rm(path(name))
  await expectDamaged('identity', 'identity.json is missing')
  await expect(formatStore(nodeDisk(directory), bootstrap)).rejects.toThrow('holds a peer already')
})

test('the directory of another cluster is refused with both ids, and nothing in it is changed', async () => {
  const other = clusterIdOf({ peers, token: 'other' })
  const before = await readdir(path('log'))
  const refusal = await open(nodeDisk(directory), { clusterId: other }).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'DATA_DIRECTORY_FOREIGN' })
  expect(String(refusal)).toContain(other)
  expect(String(refusal)).toContain(bootstrap.clusterId)
  expect(await readdir(path('log'))).toEqual(before)
})

test('the directory of another peer of the same cluster is refused', async () => {
  const other = join(root, 'other-peer')
  await formatStore(nodeDisk(other), { ...bootstrap, self: peers[1]!.id })
  await cp(join(other, 'raft', 'identity.json'), path('identity.json'))
  await expect(open(nodeDisk(directory))).rejects.toMatchObject({ code: 'DATA_DIRECTORY_FOREIGN' })
})

test('a directory that another process has open is refused as such, not called damaged', async () => {
  const store = await openHealthy(nodeDisk(directory))
  await expect(open(nodeDisk(directory))).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' })
  await store.close()
})
