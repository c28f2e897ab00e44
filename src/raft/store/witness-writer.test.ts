import { expect, test } from 'vitest'
import { layout } from './disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { appendDurably, entriesOf, openHealthy, openNew } from './store-fixture.ts'
import { readWitness, witnessBytes, witnessFile } from './tail-witness.ts'

const path = `${layout.directory}/${witnessFile}`

/** The file with one of its two slots torn. */
function torn(file: Uint8Array, slot: number): Uint8Array {
  const copy = Uint8Array.from(file)
  copy.fill(0, (slot * witnessBytes) / 2 + 30, (slot * witnessBytes) / 2 + 60)
  return copy
}

test.for([0, 1])('a loss of power that tore slot %i leaves nothing that a second one could take', async (slot) => {
  const disk = new MemoryDisk()
  const store = await openNew(disk)
  await appendDurably(store, { entries: entriesOf({ from: 2, to: 4, term: 1 }) })
  await store.close()
  const file = disk.fileMap.get(path)!
  disk.fileMap.set(path, { content: torn(file.content, slot), synced: torn(file.synced, slot), unsynced: [] })

  // What is written from now on is not synced: neither slot may be the only one that survives.
  const again = await openHealthy(disk)
  await appendDurably(again, { entries: entriesOf({ from: 5, to: 6, term: 1 }) })
  const survivor = disk.fileMap.get(path)!.synced
  for (const next of [0, 1]) expect(readWitness(torn(survivor, next))).toMatchObject({ kind: 'read' })
})

test.for([0, 1])(
  'a loss of power that tears slot %i after a cut leaves one that names what is still there',
  async (slot) => {
    const disk = new MemoryDisk()
    const store = await openNew(disk)
    for (const index of [2, 3, 4]) {
      const hardState = { term: 1, vote: '', commit: index }
      await appendDurably(store, { entries: entriesOf({ from: index, to: index, term: 1 }), hardState })
    }
    store.compactTo(4)
    await expect.poll(() => store.firstIndex()).toBe(5)
    await expect.poll(() => store.busy).toBe(false)
    const content = torn(disk.fileMap.get(path)!.synced, slot)
    disk.fileMap.set(path, { content, synced: content, unsynced: [] })
    expect((await openHealthy(disk.restart(), { appliedIndex: 4 })).firstIndex()).toBe(5)
  },
)
