import { expect, test } from 'vitest'
import { MemoryDisk } from './memory-disk.ts'
import { appendDurably, entriesOf, open, openNew, peers } from './store-fixture.ts'

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
