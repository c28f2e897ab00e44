import { expect, test } from 'vitest'
import { chainStart } from './chain.ts'
import { formatStore } from './format-store.ts'
import { encodeFrame } from './frame.ts'
import { entryKey } from './keys.ts'
import { MemoryDisk } from './memory-disk.ts'
import type { LogStore } from './log-store.ts'
import { appendDurably, bootstrap, contentOf, entriesOf, open, openHealthy, openNew, peers } from './store-fixture.ts'

/** Of an entry, as the disk in memory has it. */
const keyOf = (index: number) => Buffer.from(entryKey(index)).toString('latin1')

const [peerA, peerB] = peers.map((peer) => peer.id) as [string, string]

test('a new log holds the configuration as entry 1, of term 1 and committed', async () => {
  const store = await openNew(new MemoryDisk())
  expect(store.firstIndex()).toBe(1)
  expect(store.lastIndex()).toBe(1)
  expect(store.term(0)).toBe(0)
  expect(store.entries(1, 2, 1000)).toMatchObject([{ index: 1, term: 1, type: 'conf_change' }])
  expect(store.initialState()).toEqual({
    hardState: { term: 1, vote: '', commit: 1 },
    confState: {
      voters: peers.map((peer) => peer.id).sort(),
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    },
  })
  expect(store.configurationAt(1).peers.map(({ id, name, address }) => ({ id, name, address }))).toEqual(
    peers.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
  )
})

test('what was durable is there when the log is opened again', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await appendDurably(store, {
    entries: entriesOf({ from: 2, to: 5, term: 3 }),
    hardState: { term: 3, vote: peerB, commit: 2 },
  })
  const again = await openHealthy(disk.restart())
  expect(contentOf(again)).toEqual(contentOf(store))
  expect(again.initialState().hardState).toEqual({ term: 3, vote: peerB, commit: 2 })
})

test('writes that arrive while a batch is in flight go into one next batch, and are reported in order', async () => {
  const store = await openNew(new MemoryDisk())
  const order: number[] = []
  for (let index = 2; index <= 11; index++) {
    const entries = entriesOf({ from: index, to: index, term: 1 })
    store.append({ entries, hardState: undefined, durable: () => order.push(index) })
  }
  expect(store.busy).toBe(true)
  await expect.poll(() => order.length).toBe(10)
  expect(order).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  expect(store.syncs).toBe(2)
  expect(store.busy).toBe(false)
})

test('nothing of a write is read before it is durable', async () => {
  const store = await openNew(new MemoryDisk())
  store.append({ entries: entriesOf({ from: 2, to: 2, term: 1 }), hardState: undefined, durable: () => {} })
  expect(store.lastIndex()).toBe(1)
  await expect.poll(() => store.lastIndex()).toBe(2)
})

test('entries of a newer term replace those behind them in the same batch, in memory and on the disk', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 9, term: 1 }) })
  const before = store.syncs
  const hardState = { term: 2, vote: '', commit: 1 }
  await appendDurably(store, { entries: entriesOf({ from: 4, to: 5, term: 2 }), hardState })
  expect(store.syncs).toBe(before + 1)
  expect(store.lastIndex()).toBe(5)
  expect(contentOf(store).slice(1)).toEqual([
    '2/1 entry 2 of term 1',
    '3/1 entry 3 of term 1',
    '4/2 entry 4 of term 2',
    '5/2 entry 5 of term 2',
  ])
  expect(contentOf(await openHealthy(disk.restart()))).toEqual(contentOf(store))
})

test('two queued writes of which the later one replaces part of the earlier one come to what both say in turn', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  store.append({ entries: entriesOf({ from: 2, to: 3, term: 1 }), hardState: undefined, durable: () => {} })
  store.append({ entries: entriesOf({ from: 4, to: 8, term: 1 }), hardState: undefined, durable: () => {} })
  await appendDurably(store, {
    entries: entriesOf({ from: 3, to: 4, term: 2 }),
    hardState: { term: 2, vote: '', commit: 2 },
  })
  expect(contentOf(store).slice(1)).toEqual(['2/1 entry 2 of term 1', '3/2 entry 3 of term 2', '4/2 entry 4 of term 2'])
  expect(contentOf(await openHealthy(disk.restart()))).toEqual(contentOf(store))
})

test('a commit index alone costs no sync; it goes with the next batch, or when the log is closed', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 4, term: 1 }) })
  await appendDurably(store, { hardState: { term: 1, vote: '', commit: 3 } })
  expect(store.syncs).toBe(1)
  expect((await openHealthy(disk.restart())).initialState().hardState.commit).toBe(1)
  await store.close()
  expect((await openHealthy(disk.restart())).initialState().hardState.commit).toBe(3)
})

test('what main has applied is committed, whatever the hard state remembers', async () => {
  const disk = new MemoryDisk()
  await appendDurably(await openNew(disk), { entries: entriesOf({ from: 2, to: 4, term: 1 }) })
  const store = await openHealthy(disk.restart(), { appliedIndex: 4 })
  expect(store.initialState().hardState.commit).toBe(4)
})

test('a log that ends before what main has applied is damaged', async () => {
  const disk = new MemoryDisk()
  await appendDurably(await openNew(disk), { entries: entriesOf({ from: 2, to: 4, term: 1 }) })
  expect(await open(disk.restart(), { appliedIndex: 5 })).toMatchObject({
    kind: 'damaged',
    part: 'log',
    reason: expect.stringContaining('it ends with entry 4, but entry 5 was committed') as string,
  })
})

test('entries that have left memory are read from the disk, up to the bytes asked for and at least one', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk, { windowLimits: { entriesMax: 3, bytesMax: 1000 } })
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 50, term: 1 }) })
  expect(store.entries(2, 51, 1e6).map((entry) => entry.index)).toEqual(Array.from({ length: 49 }, (_, at) => at + 2))
  expect(store.entries(2, 51, 40).map((entry) => entry.index)).toEqual([2, 3])
  expect(store.entries(2, 51, 1).map((entry) => entry.index)).toEqual([2])
})

test('an entry whose bytes have changed on the disk since the log was opened is never given', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk, { windowLimits: { entriesMax: 1, bytesMax: 1000 } })
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 5, term: 1 }) })
  const pairs = disk.databases.get('raft/log')!
  const frame = [...pairs.values()].find((value) => Buffer.from(value).includes('entry 3'))!
  frame[frame.length - 1]! ^= 1
  expect(store.entries(2, 3, 1)).toHaveLength(1)
  expect(() => store.entries(3, 4, 1)).toThrow('entry 3 fails the checksum of its payload')
})

test('an entry that has gone from the disk, or is another one since, is never given', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk, { windowLimits: { entriesMax: 1, bytesMax: 1000 } })
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 5, term: 1 }) })
  const pairs = disk.databases.get('raft/log')!
  pairs.set(keyOf(2), encodeFrame(entriesOf({ from: 2, to: 2, term: 3 })[0]!, chainStart).bytes)
  pairs.delete(keyOf(3))
  expect(() => store.entries(2, 3, 1)).toThrow('entry 2 has changed its term')
  expect(() => store.entries(3, 4, 1)).toThrow('entry 3 has vanished from the log')
})

test('indexes before the beginning and behind the end are refused', async () => {
  const store = await openNew(new MemoryDisk())
  expect(() => store.chainAt(-1)).toThrow('before the beginning')
  expect(() => store.chainAt(2)).toThrow('behind the end')
  expect(() => store.entries(0, 1, 1)).toThrow('before the beginning')
  expect(() => store.entries(1, 3, 1)).toThrow('behind the end')
  expect(() => store.term(2)).toThrow('behind the end')
  expect(() => store.term(-1)).toThrow('before the beginning')
})

test.each([
  ['a hole', { entries: entriesOf({ from: 3, to: 3, term: 1 }) }, 'entry 3 does not follow entry 1'],
  [
    'a committed entry replaced',
    { entries: entriesOf({ from: 1, to: 2, term: 2 }) },
    'would replace an entry committed',
  ],
  ['a term that falls', { hardState: { term: 0, vote: '', commit: 1 } }, 'term 0 follows term 1'],
  ['a second vote', { hardState: { term: 1, vote: peerB, commit: 1 } }, 'a second vote in term 1'],
])('%s fails the store, and nothing is reported as durable any more', async (_, write, reason) => {
  const failures: string[] = []
  const store = await openNew(new MemoryDisk(), { fail: (failure) => failures.push(failure) })
  await appendDurably(store, { hardState: { term: 1, vote: peerA, commit: 1 } })
  let durable = 0
  const { entries = [], hardState } = write as Partial<Parameters<LogStore['append']>[0]>
  store.append({ entries, hardState: hardState ?? undefined, durable: () => durable++ })
  store.append({ entries: entriesOf({ from: 2, to: 2, term: 1 }), hardState: undefined, durable: () => durable++ })
  await expect.poll(() => failures).toHaveLength(1)
  expect(failures[0]).toContain(reason)
  store.append({ entries: entriesOf({ from: 2, to: 2, term: 1 }), hardState: undefined, durable: () => durable++ })
  await new Promise(setImmediate)
  expect(durable).toBe(0)
})

test('a rejected batch fails the store, and nothing is reported as durable any more', async () => {
  const disk = new MemoryDisk()
  const failures: string[] = []
  const store = await openNew(disk, { fail: (failure) => failures.push(failure) })
  disk.write = async () => Promise.reject(new Error('EIO'))
  let durable = 0
  for (const index of [2, 3]) {
    const entries = entriesOf({ from: index, to: index, term: 1 })
    store.append({ entries, hardState: undefined, durable: () => durable++ })
  }
  await expect.poll(() => failures).toEqual(['EIO'])
  expect(durable).toBe(0)
})

test('the watermark rises with committed entries, and a log that ends below it is damaged', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk, { watermarkEntries: 10 })
  await appendDurably(store, {
    entries: entriesOf({ from: 2, to: 30, term: 1 }),
    hardState: { term: 1, vote: '', commit: 12 },
  })
  await store.close()
  const identity = () => Buffer.from(disk.fileMap.get('raft/identity.json')!.content).toString()
  expect(identity()).toContain('"mustHaveIndex": 12')
  const pairs = disk.databases.get('raft/log')!
  for (const key of [...pairs.keys()].filter((candidate) => candidate.codePointAt(0) === 1).slice(11)) pairs.delete(key)
  expect(await open(disk.restart())).toMatchObject({ kind: 'damaged', part: 'log' })
})

test('a witness that fell behind when the power was lost names the end again once the log was opened', async () => {
  const power = { atWrite: 1_000_000, kind: 'power', random: () => 0 } as const
  const first = new MemoryDisk()
  await formatStore(first, bootstrap)
  const before = first.restart(power)
  await appendDurably(await openHealthy(before), { entries: entriesOf({ from: 2, to: 4, term: 1 }) })
  // Nothing that was not synced is there any more, and the witness never is.
  const after = before.restart(power)
  await openHealthy(after)
  const damaged = after.restart(power)
  damaged.databases.get('raft/log')!.delete(keyOf(4))
  expect(await open(damaged)).toMatchObject({ kind: 'damaged', part: 'log' })
})
