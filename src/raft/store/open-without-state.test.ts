import { expect, test } from 'vitest'
import { MemoryDisk } from './memory-disk.ts'
import { appendDurably, entriesOf, open, openHealthy, openNew, peers } from './store-fixture.ts'
import { witnessFile } from './tail-witness.ts'

/** The state is gone, and the log begins behind entry 20. */
const options = { appliedIndex: 0, repairFrom: peers }

async function cutLog(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  const hardState = { term: 1, vote: '', commit: 30 }
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 30, term: 1 }), hardState })
  store.compactTo(20)
  await expect.poll(() => store.firstIndex()).toBe(21)
  await store.close()
  return disk
}

test('a log that begins behind what the state holds is no log: the peer begins with nothing, and does not vote', async () => {
  const opened = await open((await cutLog()).restart(), options)
  if (opened.kind !== 'repairing') throw new Error(`it is ${opened.kind}`)
  expect([opened.store.firstIndex(), opened.store.lastIndex()]).toEqual([1, 1])
  expect(opened.store.mutedTerm).toBe(1)
})

test('where nobody else has it, it is damaged, and left as it is', async () => {
  const disk = (await cutLog()).restart()
  const damaged = { kind: 'damaged', part: 'log', reason: expect.stringContaining('begins behind entry 20') as string }
  for (let opening = 0; opening < 2; opening++) expect(await open(disk, { appliedIndex: 0 })).toMatchObject(damaged)
  expect((await openHealthy(disk, { appliedIndex: 20 })).lastIndex()).toBe(30)
})

test('a disk that does not keep what the repair writes is damaged, and says both', async () => {
  const disk = (await cutLog()).restart()
  const replace = disk.files.replace.bind(disk.files)
  disk.files.replace = async (path, content) => (path.endsWith(witnessFile) ? undefined : replace(path, content))
  const opened = await open(disk, options)
  if (opened.kind !== 'damaged') throw new Error(`it is ${opened.kind}`)
  expect(opened.reason).toMatch(/begins behind entry 20.*; rebuilding the log has not helped/)
})

test('a loss of power at any write of it leaves no log that goes on from where no state is', async () => {
  const cut = await cutLog()
  let crashes = 0
  for (let seed = 0; seed < 6; seed++) {
    for (let atWrite = 1; atWrite < 60; atWrite++) {
      const random = (below: number) => (atWrite * 7 + seed) % below
      const disk = cut.restart({ atWrite, kind: 'power', random })
      // An opening that the crash strikes never ends.
      await Promise.race([open(disk, options), turns(60)])
      if (!disk.crashed) break
      crashes++
      const opened = await open(disk.restart(), options)
      if (opened.kind !== 'repairing') throw new Error(`it is ${opened.kind} after a crash at write ${atWrite}`)
      expect(opened.store.firstIndex()).toBe(1)
    }
  }
  expect(crashes).toBeGreaterThan(20)
})

/** Lets the event loop turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}
