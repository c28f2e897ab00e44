import { expect, test } from 'vitest'
import { formatStore } from './format-store.ts'
import { encodeIdentity } from './identity.ts'
import { MemoryDisk } from './memory-disk.ts'
import { readIdentity } from './open-store.ts'
import { bootstrap, clusterId, open, openHealthy, peers, self } from './store-fixture.ts'

test('a directory with nothing in it is fresh, and belongs to nobody', async () => {
  const disk = new MemoryDisk()
  expect(await open(disk)).toEqual({ kind: 'fresh' })
  expect(await readIdentity(disk)).toBeUndefined()
})

test('a new directory belongs to the peer that it was made for', async () => {
  const disk = new MemoryDisk()
  await formatStore(disk, bootstrap)
  expect(await readIdentity(disk)).toMatchObject({ clusterId, peerId: self, peerName: 'a' })
})

test('a peer that joins begins with nothing: no entry, no term, nobody who votes', async () => {
  const disk = new MemoryDisk()
  await formatStore(disk, { ...bootstrap, joins: true })
  const store = await openHealthy(disk)
  expect([store.firstIndex(), store.lastIndex()]).toEqual([1, 0])
  expect(store.initialState()).toMatchObject({ hardState: { term: 0, vote: '', commit: 0 }, confState: { voters: [] } })
  await store.close()
  disk.fileMap.delete('raft/witness')
  const again = disk.restart()
  const opened = await open(again, { repairFrom: [] })
  if (opened.kind !== 'repairing') throw new Error(opened.kind)
  // Nor does it make an entry 1 of its own when it has lost everything.
  expect(opened.store.lastIndex()).toBe(0)
})

test('what an unfinished first start left is made anew', async () => {
  const disk = new MemoryDisk()
  await disk.files.makeDirectory('raft.new')
  await disk.files.replace('raft.new/vote.0', new Uint8Array(3))
  await formatStore(disk, bootstrap)
  expect((await open(disk)).kind).toBe('healthy')
})

test('an existing directory is never made anew', async () => {
  const disk = new MemoryDisk()
  await formatStore(disk, bootstrap)
  const before = disk.writes
  await expect(formatStore(disk, bootstrap)).rejects.toThrow('holds a peer already')
  expect(disk.writes).toBe(before)
})

test('a directory of a newer format is refused, not called damaged', async () => {
  const disk = new MemoryDisk()
  await formatStore(disk, bootstrap)
  const identity = (await readIdentity(disk))!
  await disk.files.replace('raft/identity.json', encodeIdentity({ ...identity, formatEpoch: 3 }))
  await expect(open(disk)).rejects.toMatchObject({ code: 'DATA_FORMAT_UNKNOWN' })
})

test.each([
  ['two peers of one name', [peers[0]!, { ...peers[1]!, name: 'a' }], 'the same name'],
  ['two peers of one address', [peers[0]!, { ...peers[1]!, address: peers[0]!.address }], 'the same address'],
  ['an id that is none', [peers[0]!, { ...peers[1]!, id: 'x' }], 'x is not a peer id'],
  ['itself not among the peers', [peers[1]!], 'none of the initial peers'],
])('a list with %s is refused before anything is written', async (_, list, reason) => {
  const disk = new MemoryDisk()
  await expect(formatStore(disk, { ...bootstrap, peers: list })).rejects.toThrow(reason)
  expect(disk.writes).toBe(0)
})
