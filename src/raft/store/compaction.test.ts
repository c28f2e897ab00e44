import { expect, test } from 'vitest'
import { sameChain } from './chain.ts'
import { checkCompactionLimits, compactionSliceEntries, compactionTarget, type CompactionLimits } from './compaction.ts'
import { encodeConfChange } from './conf-change-entry.ts'
import type { Disk } from './disk.ts'
import { formatStore } from './format-store.ts'
import { decodeFrame } from './frame.ts'
import { entryKey } from './keys.ts'
import { LogSizes } from './log-sizes.ts'
import type { LogStore } from './log-store.ts'
import { MemoryDisk } from './memory-disk.ts'
import { appendDurably, bootstrap, contentOf, entriesOf, open, openHealthy, openNew } from './store-fixture.ts'

const limits: CompactionLimits = { entriesMax: 10, bytesMax: 1000, tail: { entriesMax: 4, bytesMax: 500 } }

function sizesOf(...sizes: number[]): LogSizes {
  const log = new LogSizes({ index: 0 })
  for (const size of sizes) log.append(size)
  return log
}

function targetOf(...sizes: number[]): number | undefined {
  return compactionTarget({ firstIndex: 1, lastIndex: sizes.length, sizes: sizesOf(...sizes) }, limits)
}

/** Entries that are committed and applied. */
async function fill(store: LogStore, range: { readonly from: number; readonly to: number }): Promise<void> {
  const hardState = { term: 1, vote: '', commit: range.to }
  await appendDurably(store, { entries: entriesOf({ ...range, term: 1 }), hardState })
}

async function compacted(store: LogStore, index: number): Promise<void> {
  store.compactTo(index)
  await expect.poll(() => store.firstIndex()).toBe(index + 1)
  await expect.poll(() => store.busy).toBe(false)
}

test('a log is cut when it is too long or too large, and what stays is the tail', () => {
  expect(targetOf(...Array<number>(10).fill(1))).toBeUndefined()
  expect(targetOf(...Array<number>(11).fill(1))).toBe(7)
  expect(targetOf(400, 400, 400)).toBe(2)
  expect(targetOf(1, 600, 600)).toBe(3)
  expect(targetOf(999)).toBeUndefined()
})

test('limits by which a log would be cut again and again are refused', () => {
  expect(() => checkCompactionLimits({ ...limits, tail: { entriesMax: 11, bytesMax: 1 } })).toThrow('the tail of a log')
  expect(() => checkCompactionLimits({ ...limits, tail: { entriesMax: 1, bytesMax: 1001 } })).toThrow('no larger')
})

test('sizes are those of what the log holds, whatever was cut off at its two ends', () => {
  const sizes = sizesOf(1, 2, 4, 8, 16)
  sizes.truncateTo(2)
  expect(sizes.totalBytes).toBe(28)
  sizes.truncateFrom(5)
  expect(sizes.totalBytes).toBe(12)
  sizes.append(32)
  expect(sizes.beforeTail({ entriesMax: 9, bytesMax: 40 })).toBe(3)
  sizes.truncateTo(99)
  expect(sizes.totalBytes).toBe(0)
})

test('what was cut off is gone, the entry before the beginning keeps term and chain, and the log goes on', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk, { compactionLimits: limits })
  await fill(store, { from: 2, to: 30 })
  expect(store.compactionTarget).toBe(26)
  const chain = store.chainAt(26)
  const rest = contentOf(store).slice(26)
  await compacted(store, 26)
  expect(store.compactionTarget).toBeUndefined()
  expect(contentOf(store)).toEqual(rest)
  expect(store.term(26)).toBe(1)
  expect(sameChain(store.chainAt(26), chain)).toBe(true)
  expect(() => store.term(25)).toThrow('before the beginning')
  expect(() => store.entries(26, 27, 1)).toThrow('before the beginning')
  await fill(store, { from: 31, to: 33 })
  const again = await openHealthy(disk.restart(), { appliedIndex: 26 })
  expect(again.firstIndex()).toBe(27)
  expect(contentOf(again)).toEqual(contentOf(store))
  expect(sameChain(again.chainAt(26), chain)).toBe(true)
  expect(again.sizeBytes).toBe(store.sizeBytes)
})

test('a log is cut in slices, and what is written meanwhile does not wait for all of them', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  const last = 4 * compactionSliceEntries
  await fill(store, { from: 2, to: last })
  const before = store.syncs
  store.compactTo(last - 10)
  let firstIndexThen = 0
  const hardState = { term: 1, vote: '', commit: last }
  store.append({
    entries: entriesOf({ from: last + 1, to: last + 1, term: 1 }),
    hardState,
    durable: () => (firstIndexThen = store.firstIndex()),
  })
  await expect.poll(() => store.firstIndex()).toBe(last - 9)
  expect(store.syncs - before).toBe(4 + 1)
  expect(firstIndexThen).toBe(compactionSliceEntries + 1)
})

test('what is not known to be committed is never cut off', async () => {
  const store = await openNew(new MemoryDisk())
  await appendDurably(store, {
    entries: entriesOf({ from: 2, to: 9, term: 1 }),
    hardState: { term: 1, vote: '', commit: 5 },
  })
  expect(() => store.compactTo(6)).toThrow('entry 6 is not known to be committed')
  await compacted(store, 5)
})

test('a log that is opened is read from its beginning, and not from where it once began', async () => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await fill(store, { from: 2, to: 30 })
  await compacted(store, 20)
  const restarted = disk.restart()
  const seeks: Uint8Array[] = []
  const watched: Disk = {
    directory: restarted.directory,
    files: restarted.files,
    openKeyValue: async (path, options) => {
      const keyValue = await restarted.openKeyValue(path, options)
      return {
        batch: (operations) => keyValue.batch(operations),
        get: (key) => keyValue.get(key),
        close: () => keyValue.close(),
        slices: (range) => {
          seeks.push(range.from)
          return keyValue.slices(range)
        },
      }
    },
  }
  await openHealthy(watched, { appliedIndex: 20 })
  expect(seeks).toEqual([entryKey(21)])
})

test.each([
  ['an entry behind the beginning is missing', 21, 'entry 21 is missing'],
  ['the chain is broken behind the beginning', 22, 'breaks the chain'],
])('%s: the log is damaged', async (_, index, reason) => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await fill(store, { from: 2, to: 30 })
  await compacted(store, 20)
  const pairs = disk.databases.get('raft/log')!
  const key = Buffer.from(entryKey(index)).toString('latin1')
  if (reason.includes('missing')) pairs.delete(key)
  else pairs.get(key)![30]! ^= 1
  if (!reason.includes('missing')) expect(decodeFrame(pairs.get(key)!, index).entry.index).toBe(index)
  const found = await open(disk.restart(), { appliedIndex: 20 })
  expect(found).toMatchObject({ kind: 'damaged', part: 'log', reason: expect.stringContaining(reason) as string })
})

test('a loss of power at any write of a compaction leaves a healthy log that holds all that was not to go', async () => {
  const crashed = { before: 0, after: 0 }
  for (let seed = 0; seed < 4; seed++) {
    for (let atWrite = 1; atWrite < 100; atWrite++) {
      const formatted = new MemoryDisk()
      await formatStore(formatted, bootstrap)
      // So many writes of a log that is never cut come before.
      const filled = await openHealthy(formatted)
      for (let from = 2; from <= 40; from += 3) await fill(filled, { from, to: from + 2 })
      const rest = behindCut(filled)
      const random = (below: number) => (atWrite * 7 + seed) % below
      const disk = formatted.restart({ atWrite, kind: 'power', random })
      // An opening that the crash strikes never ends.
      const store = await Promise.race([openHealthy(disk), turns(40)])
      for (const from of store === undefined ? [] : [41, 44, 47]) void fill(store!, { from, to: from + 2 })
      await turns(20)
      store?.compactTo(30)
      await turns(40)
      const again = await openHealthy(disk.restart(), { appliedIndex: 30 })
      expect(behindCut(again)).toEqual(rest)
      crashed[again.firstIndex() === 31 ? 'after' : 'before']++
      if (!disk.crashed) break
    }
  }
  expect(crashed.before).toBeGreaterThan(4)
  expect(crashed.after).toBeGreaterThan(4)
})

/** Entries that were durable before the cut, and must be there after it. */
function behindCut(store: LogStore): string[] {
  return store.entries(31, 41, 1e6).map(({ index, term, data }) => `${index}/${term} ${Buffer.from(data).toString()}`)
}

/** Lets the event loop turn. */
async function turns(count: number): Promise<undefined> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
  return undefined
}

test('a log that is cut behind a change knows it from its record, at whichever write of the cut the power is lost', async () => {
  const peer = { id: 'd'.repeat(16), name: 'd', address: 'h:1' }
  const data = encodeConfChange({ transition: 'auto', steps: [{ kind: 'add_learner', peer }] })
  let crashes = 0
  for (let atWrite = 1; atWrite < 200; atWrite++) {
    const random = (below: number) => (atWrite * 7) % below
    const disk = new MemoryDisk()
    const store = await openNew(disk, { compactionLimits: limits })
    const hardState = { term: 1, vote: '', commit: 12 }
    const change = { index: 2, term: 1, type: 'conf_change' as const, data }
    await appendDurably(store, { entries: [change, ...entriesOf({ from: 3, to: 12, term: 1 })], hardState })
    expect(store.configurationAt(1).learners).toEqual([])
    await store.close()
    const again = disk.restart({ atWrite, kind: 'power', random })
    const cutting = open(again, { appliedIndex: 12, compactionLimits: limits })
    // A start that a crash interrupts never ends.
    void cutting.then((opened) => opened.kind === 'healthy' && opened.store.compactTo(8))
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    const last = await openHealthy(again.restart(), { appliedIndex: 12 })
    expect(last.configurationAt(8).learners).toEqual([peer.id])
    expect(last.initialState().confState.learners).toEqual([peer.id])
    if (!again.crashed) {
      expect(last.firstIndex()).toBe(9)
      expect(() => last.configurationAt(1)).toThrow('before the beginning')
      break
    }
    crashes++
  }
  expect(crashes).toBeGreaterThan(3)
})
