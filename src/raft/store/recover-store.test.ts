import { expect, test } from 'vitest'
import { formatEpoch } from './identity.ts'
import { examineStore } from './examine-store.ts'
import { entryKey, recordKeys } from './keys.ts'
import { MemoryDisk } from './memory-disk.ts'
import { makeRecovered, requireUnlocked } from './recover-store.ts'
import { appendDurably, clusterId, contentOf, entriesOf, openHealthy, openNew, peers, self } from './store-fixture.ts'

const logPath = 'raft/log'
const into = 'recovered/raft'
const keyOf = (key: Uint8Array) => Buffer.from(key).toString('latin1')

/** A disk whose log holds entries up to 40 of terms 1 and 2, and stands closed. */
async function written(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 20, term: 1 }) })
  const hardState = { term: 2, vote: peers[1]!.id, commit: 25 }
  await appendDurably(store, { entries: entriesOf({ from: 21, to: 40, term: 2 }), hardState })
  await store.close()
  return disk.restart()
}

/** The same, all of it committed, and cut behind entry 20. */
async function writtenAndCut(): Promise<MemoryDisk> {
  const disk = await written()
  const store = await openHealthy(disk)
  await appendDurably(store, { hardState: { term: 2, vote: peers[1]!.id, commit: 40 } })
  store.compactTo(20)
  await expect.poll(() => store.firstIndex()).toBe(21)
  await store.close()
  return disk
}

/** Everything under the key that a record or an entry has. */
function pairsOf(disk: MemoryDisk): Map<string, Uint8Array> {
  return disk.databases.get(logPath)!
}

test('of a whole log everything is known: its end, its peers, the last data and the highest term', async () => {
  const found = await examineStore(await written())
  expect(found).toMatchObject({ damage: '', knownIndex: 40, knownTerm: 2 })
  expect(found.last).toMatchObject({ index: 40, term: 2 })
  expect(found.identity).toMatchObject({ clusterId, peerId: self })
  expect(found.peers).toEqual(expect.arrayContaining([...peers]))
  expect(Buffer.from(found.lastData!).toString()).toBe('entry 40 of term 2')
})

test('the entries that are asked for are told, with what stands for all before them', async () => {
  const disk = await writtenAndCut()
  const { truncation, points, last } = await examineStore(disk.restart(), { indexes: [19, 20, 30, 40, 41] })
  expect(points.map(({ index, term }) => [index, term])).toEqual([
    [20, 1],
    [30, 2],
    [40, 2],
  ])
  expect([points[0], points[2]]).toEqual([truncation, last])
})

test('a log with a hole is whole up to there, and its end is known from what stands beside it', async () => {
  const disk = await written()
  pairsOf(disk).delete(keyOf(entryKey(31)))
  const found = await examineStore(disk)
  expect(found.last).toMatchObject({ index: 30, term: 2 })
  expect(found.damage).not.toBe('')
  expect(found.knownIndex).toBe(40)
  expect(Buffer.from(found.lastData!).toString()).toBe('entry 30 of term 2')
})

test.for<[string, (disk: MemoryDisk) => void, RegExp]>([
  ['that is missing', (disk) => void disk.directories.delete(logPath), /^it is missing$/],
  ['that does not open', (disk) => void disk.databases.delete(logPath), /is not as expected/],
  ['without its records', (disk) => void pairsOf(disk).delete(keyOf(recordKeys.truncation)), /\w/],
])('of a log %s nothing is known but what stands beside it', async ([, damage, message]) => {
  const disk = await written()
  damage(disk)
  const found = await examineStore(disk)
  expect(found).toMatchObject({ last: undefined, lastData: undefined, peers: [], knownIndex: 40, knownTerm: 2 })
  expect(found.damage).toMatch(message)
})

test('an empty directory is examined, too', async () => {
  const found = await examineStore(new MemoryDisk())
  expect(found).toMatchObject({ identity: undefined, last: undefined, knownIndex: 0, knownTerm: 0 })
})

/** What a recovery makes at its place; it goes on with the log of a disk up to an entry. */
async function recover(disk: MemoryDisk, source: MemoryDisk, lastIndex: number) {
  const { identity } = await examineStore(source.restart())
  const { incarnation, nonce } = identity!
  const kept = { clusterId, peerId: self, peerName: 'a', formatEpoch, nonce, incarnation }
  return makeRecovered(disk, { into, source, lastIndex, term: 9, identity: kept })
}

/** What was made takes the place of what was there. */
async function place(disk: MemoryDisk): Promise<void> {
  await disk.files.removeDirectory('raft')
  await disk.files.renameDirectory({ from: into, to: 'raft' })
}

test('a peer is made anew from the log that all go on with: up to its end, committed, in a term of its own', async () => {
  const disk = await written()
  const source = disk.restart()
  expect(await recover(disk, source, 30)).toMatchObject({ index: 30, term: 2 })
  // Nothing of the peer has changed yet.
  expect((await examineStore(disk.restart())).last).toMatchObject({ index: 40 })
  await place(disk)
  const store = await openHealthy(disk.restart())
  expect(store.initialState().hardState).toEqual({ term: 9, vote: '', commit: 30 })
  expect(contentOf(store).slice(-2)).toEqual(['29/2 entry 29 of term 2', '30/2 entry 30 of term 2'])
  expect(
    store
      .configurationAt(30)
      .peers.map(({ name }) => name)
      .toSorted(),
  ).toEqual(['a', 'b', 'c'])
  await store.close()
})

test('a peer that lost its directory is made anew, and a log that was cut where the recovery ends begins there', async () => {
  const source = await writtenAndCut()
  const { incarnation, nonce } = (await examineStore(source.restart())).identity!
  const identity = { clusterId, peerId: self, peerName: 'a', formatEpoch, nonce, incarnation }
  const disk = new MemoryDisk()
  await makeRecovered(disk, { into, source: source.restart(), lastIndex: 20, term: 9, identity })
  await place(disk)
  const made = await openHealthy(disk.restart(), { appliedIndex: 20 })
  expect([made.firstIndex(), made.lastIndex(), made.term(20)]).toEqual([21, 20, 1])
})

test('a recovery that was interrupted is begun anew', async () => {
  const disk = await written()
  await recover(disk, disk.restart(), 30)
  const again = disk.restart()
  await recover(again, again.restart(), 35)
  await place(again)
  expect((await examineStore(again.restart())).last).toMatchObject({ index: 35 })
})

test('of a state that is further than the log the new log begins behind it, and keeps only who takes part', async () => {
  const source = await written()
  const { incarnation, nonce } = (await examineStore(source.restart())).identity!
  const identity = { clusterId, peerId: self, peerName: 'a', formatEpoch, nonce, incarnation }
  const disk = new MemoryDisk()
  const beginning = { index: 57, term: 3, chain: new Uint8Array(16).fill(7) }
  await makeRecovered(disk, { into, source: source.restart(), lastIndex: 40, beginning, term: 9, identity })
  await place(disk)
  const { truncation, last, knownIndex } = await examineStore(disk.restart())
  expect([truncation, last, knownIndex]).toEqual([beginning, beginning, 57])
  const made = await openHealthy(disk.restart(), { appliedIndex: 57 })
  expect([made.firstIndex(), made.lastIndex(), made.term(57)]).toEqual([58, 57, 3])
  expect(made.initialState().hardState).toEqual({ term: 9, vote: '', commit: 57 })
  const named = made.configurationAt(57).peers.map(({ name }) => name)
  expect(named.toSorted()).toEqual(['a', 'b', 'c'])
  await made.close()
})

test('a log that is not the one that was planned with is not gone on with', async () => {
  const disk = await written()
  await expect(recover(disk, disk.restart(), 99)).rejects.toThrow('has changed: it ends with entry 40')
  const other = await written()
  const source = other.restart()
  pairsOf(source).delete(keyOf(recordKeys.hardState))
  await expect(recover(other, source, 30)).rejects.toThrow('the log to go on with has changed')
})

test('a data directory in which a peer runs is left alone', async () => {
  const disk = new MemoryDisk()
  await requireUnlocked(disk)
  const store = await openNew(disk)
  await expect(requireUnlocked(disk)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' })
  await store.close()
  await requireUnlocked(disk)
  disk.databases.delete(logPath)
  // It does not open, and so nobody runs on it.
  await requireUnlocked(disk)
})
