import { expect, test } from 'vitest'
import { chainStart } from './chain.ts'
import type { Disk } from './disk.ts'
import { examineStore } from './examine-store.ts'
import { encodeFrame } from './frame.ts'
import { entryKey, recordKeys } from './keys.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { windowLimits } from './log-window.ts'
import { MemoryDisk } from './memory-disk.ts'
import { readLog, type Expectations, type LogReading } from './read-log.ts'
import { encodeHardState } from './records.ts'
import { requireUnlocked } from './recover-store.ts'
import { appendDurably, entriesOf, open, openNew, peers } from './store-fixture.ts'

const logPath = 'raft/log'
const nothingKnown: Expectations = { mustHaveIndex: 0, appliedIndex: 0, mayBeShort: false, witness: undefined }

/** A disk with a closed log of entries up to 9, all of term 1. */
async function written(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  const hardState = { term: 1, vote: '', commit: 5 }
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 9, term: 1 }), hardState })
  await store.close()
  return disk.restart()
}

async function read(change: (log: KeyValue) => Promise<void>): Promise<LogReading> {
  const log = await (await written()).openKeyValue(logPath, { create: false })
  await change(log)
  return readLog(log, { expectations: nothingKnown, windowLimits })
}

test.each<[string, string, (log: KeyValue) => Promise<void>]>([
  [
    'a hard state of an earlier term than its last entry',
    'its last entry has term 1, but the hard state term 0',
    (log) =>
      log.batch([{ type: 'put', key: recordKeys.hardState, value: encodeHardState({ term: 0, vote: '', commit: 1 }) }]),
  ],
  [
    'a key that is none of an entry',
    "a key that is no entry's stands before entry 4",
    (log) => log.batch([{ type: 'put', key: Buffer.concat([entryKey(3), Buffer.of(0)]), value: new Uint8Array() }]),
  ],
  ['a hole', 'entry 4 is missing', (log) => log.batch([{ type: 'del', key: entryKey(4) }])],
  [
    'a wide hole',
    'entries 4 to 5 are missing',
    (log) => log.batch([4, 5].map((index) => ({ type: 'del' as const, key: entryKey(index) }))),
  ],
  [
    'a term that falls, in a chain that is whole',
    'entry 2 has a term below the one before it',
    (log) => {
      let chain = chainStart
      const operations = [...entriesOf({ from: 1, to: 1, term: 2 }), ...entriesOf({ from: 2, to: 9, term: 1 })].map(
        (entry) => {
          const frame = encodeFrame(entry, chain)
          chain = frame.chain
          return { type: 'put' as const, key: entryKey(entry.index), value: frame.bytes }
        },
      )
      return log.batch(operations)
    },
  ],
])('a log with %s is broken', async (_, reason, change) => {
  expect(await read(change)).toMatchObject({ kind: 'broken', reason })
})

/** A disk whose log fails with this error: when it is opened, at its records, or where its entries are read again. */
function failing(disk: MemoryDisk, at: 'open' | 'get' | 'slices', error: Error, after = 0): Disk {
  let calls = 0
  const fail = (here: typeof at) => {
    if (here === at && calls++ >= after) throw error
  }
  return {
    directory: disk.directory,
    files: disk.files,
    openKeyValue: async (path, options) => {
      if (!options.create) fail('open')
      const log = await disk.openKeyValue(path, options)
      return {
        batch: (operations) => log.batch(operations),
        get: (key) => {
          fail('get')
          return log.get(key)
        },
        slices: (range) => {
          fail('slices')
          return log.slices(range)
        },
        close: () => log.close(),
      }
    },
  }
}

const tooMany = new Error('EMFILE')

test.each([
  ['a log is opened', 'open', (disk: Disk) => open(disk)],
  ['its records are read', 'get', (disk: Disk) => open(disk)],
  ['its entries are read', 'slices', (disk: Disk) => open(disk)],
  ['it is examined', 'open', examineStore],
  ['its entries are examined', 'slices', examineStore],
  ['it is looked whether somebody has it open', 'open', requireUnlocked],
] as const)('what says nothing about the disk is no damage, when %s', async (_, at, act) => {
  await expect(act(failing(await written(), at, tooMany))).rejects.toBe(tooMany)
})

test('nor is it while a damaged log is rebuilt: what is whole in it might be left out', async () => {
  const disk = await written()
  disk.databases.get(logPath)!.delete(Buffer.from(entryKey(7)).toString('latin1'))
  await expect(open(failing(disk, 'slices', tooMany, 1), { repairFrom: peers })).rejects.toBe(tooMany)
})

test('records that LevelDB says it cannot read are damage', async () => {
  const error = new KeyValueError('unreadable', 'a block does not unpack')
  const opened = await open(failing(await written(), 'get', error))
  expect(opened).toMatchObject({
    kind: 'damaged',
    part: 'log',
    reason: expect.stringContaining(error.message) as string,
  })
})
