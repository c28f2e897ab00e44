import { toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ConfigurationSchema } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { sameChain } from './chain.ts'
import type { LogStore } from './log-store.ts'
import { MemoryDisk } from './memory-disk.ts'
import { readDirectory } from './read-directory.ts'
import { mustReset, type Beginning } from './reset-log.ts'
import {
  appendDurably,
  clusterId,
  contentOf,
  entriesOf,
  open,
  openHealthy,
  openNew,
  peers,
  self,
} from './store-fixture.ts'

/** A log in two terms: entries up to 9 of term 1, and as many more of term 3 as the last index says. */
async function logUpTo(disk: MemoryDisk, last: number, secondTerm = 3): Promise<LogStore> {
  const store = await openNew(disk)
  const entries = [
    ...entriesOf({ from: 2, to: Math.min(9, last), term: 1 }),
    ...(last > 9 ? entriesOf({ from: 10, to: last, term: secondTerm }) : []),
  ]
  await appendDurably(store, { entries, hardState: { term: 4, vote: self, commit: Math.min(9, last) } })
  return store
}

/** What a snapshot of the leader's log says of it. */
async function beginningAt(index: number): Promise<Beginning> {
  const store = await logUpTo(new MemoryDisk(), 20)
  const configuration = toBinary(ConfigurationSchema, store.configurationAt(index))
  return { index, term: store.term(index), chain: store.chainAt(index), configuration }
}

async function reopened(disk: MemoryDisk, installed: Beginning): Promise<LogStore> {
  return openHealthy(disk.restart(), { installed, appliedIndex: installed.index })
}

function expectEmptyBehind(store: LogStore, { index, term, chain }: Beginning): void {
  expect([store.firstIndex(), store.lastIndex(), store.term(index)]).toEqual([index + 1, index, term])
  expect(sameChain(store.chainAt(index), chain)).toBe(true)
  // They were promised.
  expect(store.initialState().hardState).toEqual({ term: 4, vote: self, commit: index })
}

test('a log that ends before the snapshot gives way to an empty one behind it, and goes on from there', async () => {
  const disk = new MemoryDisk()
  await (await logUpTo(disk, 12)).close()
  const beginning = await beginningAt(15)
  const store = await reopened(disk, beginning)
  expectEmptyBehind(store, beginning)
  await appendDurably(store, { entries: entriesOf({ from: 16, to: 17, term: 4 }) })
  expect(contentOf(store)).toHaveLength(2)
})

test('a log that holds the very entry is left alone: what stands behind it was acknowledged', async () => {
  const disk = new MemoryDisk()
  const before = await logUpTo(disk, 18)
  const content = contentOf(before)
  await before.close()
  expect(contentOf(await reopened(disk, await beginningAt(15)))).toEqual(content)
})

test('a log that holds another entry in its place, which nobody committed, goes with all that follows it', async () => {
  const disk = new MemoryDisk()
  await (await logUpTo(disk, 18, 2)).close()
  const beginning = await beginningAt(15)
  expectEmptyBehind(await reopened(disk, beginning), beginning)
})

test('a peer that has not heard of the term of the snapshot is in it from then on, and has voted for nobody there', async () => {
  const disk = new MemoryDisk()
  const before = await openNew(disk)
  await appendDurably(before, { entries: entriesOf({ from: 2, to: 5, term: 1 }) })
  await before.close()
  const beginning = await beginningAt(15)
  const { hardState } = (await reopened(disk, beginning)).initialState()
  expect(hardState).toEqual({ term: beginning.term, vote: '', commit: 15 })
})

test('a log that was cut behind the snapshot is left alone, and so is one whose vote or identity is lost', async () => {
  const beginning = await beginningAt(15)
  const disk = new MemoryDisk()
  const store = await logUpTo(disk, 20)
  await appendDurably(store, { hardState: { term: 4, vote: self, commit: 20 } })
  store.compactTo(18)
  await expect.poll(() => store.firstIndex()).toBe(19)
  await store.close()
  const readings = await readDirectory(disk.restart(), { clusterId, self, appliedIndex: 18 })
  expect(readings.log.kind).toBe('whole')
  expect(mustReset(readings, beginning)).toBe(false)
  const lost = { kind: 'broken', reason: 'it fails its checksum' } as const
  const log = { kind: 'absent' } as const
  expect(mustReset({ ...readings, log }, beginning)).toBe(true)
  expect(mustReset({ ...readings, log, vote: lost }, beginning)).toBe(false)
  expect(mustReset({ ...readings, log, identity: lost }, beginning)).toBe(false)
})

test('done once, it is not done again, whatever the log has got since', async () => {
  const disk = new MemoryDisk()
  await (await logUpTo(disk, 12)).close()
  const beginning = await beginningAt(15)
  const restarted = disk.restart()
  const store = await openHealthy(restarted, { installed: beginning, appliedIndex: 15 })
  await appendDurably(store, { entries: entriesOf({ from: 16, to: 16, term: 4 }) })
  await store.close()
  expect(contentOf(await reopened(restarted, beginning))).toEqual(['16/4 entry 16 of term 4'])
})

test('a loss of power at any write leaves what the next start makes the same log of', async () => {
  const beginning = await beginningAt(15)
  let crashes = 0
  for (let seed = 0; seed < 6; seed++) {
    for (let atWrite = 1; atWrite < 60; atWrite++) {
      const filled = new MemoryDisk()
      await (await logUpTo(filled, 12)).close()
      const disk = filled.restart({ atWrite, kind: 'power', random: (below) => (atWrite * 7 + seed) % below })
      const options = { installed: beginning, appliedIndex: beginning.index }
      // An opening that the crash strikes never ends.
      await Promise.race([openHealthy(disk, options), turns(60)])
      if (!disk.crashed) break
      crashes++
      expectEmptyBehind(await reopened(disk, beginning), beginning)
    }
  }
  expect(crashes).toBeGreaterThan(30)
})

test.each(['is missing', 'is not what was written'])(
  'a vote is kept when the log gives way, also where one vote file %s: the log tells what stood in it',
  async (what) => {
    const filled = new MemoryDisk()
    await (await logUpTo(filled, 12)).close()
    const beginning = await beginningAt(15)
    for (const name of ['raft/vote.0', 'raft/vote.1']) {
      const disk = filled.restart()
      if (what === 'is missing') await disk.files.removeFile(name)
      else await disk.files.replace(name, new Uint8Array(7))
      expectEmptyBehind(await reopened(disk, beginning), beginning)
    }
  },
)

test('the log of another peer, and one behind whose votes a vote file is lost, does not give way', async () => {
  const filled = new MemoryDisk()
  await (await logUpTo(filled, 12)).close()
  const options = { installed: await beginningAt(15), appliedIndex: 15 }
  const foreign = filled.restart()
  await expect(open(foreign, { ...options, self: peers[1]!.id })).rejects.toThrow(
    expect.objectContaining({ code: 'DATA_DIRECTORY_FOREIGN' }),
  )
  expect(foreign.databases.get('raft/log')).toEqual(filled.databases.get('raft/log'))
  const damaged = filled.restart()
  damaged.databases.get('raft/log')!.clear()
  await damaged.files.removeFile('raft/vote.0')
  expect(await open(damaged, options)).toMatchObject({ kind: 'damaged', part: 'vote' })
})

/** Lets the event loop turn. */
async function turns(count: number): Promise<undefined> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
  return undefined
}
