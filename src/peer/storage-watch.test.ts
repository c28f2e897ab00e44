import { mkdtemp, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pause } from './pause.ts'
import { makeRoomToOpen, StorageWatch } from './storage-watch.ts'

const MiB = 1024 * 1024

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-room-'))
})
afterEach(async () => rm(directory, { recursive: true }))

function watch(limits: { quotaBytes: number; reserveBytes: number }) {
  const changes: string[] = []
  const changed = (reason: string) => changes.push(reason)
  return { watch: new StorageWatch({ dataDir: directory, limits, changed, pause }), changes }
}

test('the quota raises an alarm, which is left by itself once there is room', async () => {
  const { watch: storage, changes } = watch({ quotaBytes: 2 * MiB, reserveBytes: 8 * MiB })
  await writeFile(join(directory, 'small'), Buffer.alloc(MiB))
  await storage.measure()
  expect(storage.alarm).toBe('')
  expect(storage.use.usedBytes).toBe(MiB)
  await writeFile(join(directory, 'large'), Buffer.alloc(2 * MiB))
  await storage.measure()
  await storage.measure()
  expect(storage.alarm).toBe('its data directory holds 3 MiB, and the quota is 2 MiB')
  await rm(join(directory, 'large'))
  await storage.measure()
  expect(changes).toEqual(['its data directory holds 3 MiB, and the quota is 2 MiB', ''])
})

test('the ballast is put in its place, and does not count as use', async () => {
  const { watch: storage } = watch({ quotaBytes: 2 * MiB, reserveBytes: 8 * MiB })
  await storage.measure()
  expect((await stat(join(directory, 'ballast'))).size).toBe(MiB)
  expect(storage.use).toMatchObject({ usedBytes: 0, hasBallast: true })
  expect(await readdir(directory)).toEqual(['ballast'])
})

test('a disk with less than the reserve raises an alarm, and no ballast is put', async () => {
  const { bavail, bsize } = await statfs(directory)
  const { watch: storage } = watch({ quotaBytes: MiB, reserveBytes: bavail * bsize * 2 })
  await storage.measure()
  expect(storage.alarm).toMatch(/^its disk has .* left, and .* are kept in reserve$/)
  expect(await readdir(directory)).toEqual([])
})

test('a directory that cannot be asked counts as full', async () => {
  const { watch: storage, changes } = watch({ quotaBytes: 2 * MiB, reserveBytes: 8 * MiB })
  const moved = `${directory}-moved`
  await rename(directory, moved)
  await storage.measure()
  expect(changes).toEqual([expect.stringMatching(/^its room cannot be measured: .*ENOENT/)])
  await rename(moved, directory)
  await storage.measure()
  expect(changes.at(-1)).toBe('')
})

test('the ballast is given up to open what is there if the disk is full, and only then', async () => {
  const limits = { quotaBytes: MiB, reserveBytes: 8 * MiB }
  const asked: string[] = []
  const leaving = (freeBytes: number) => async (path: string) => {
    asked.push(path)
    return freeBytes
  }
  for (const name of ['ballast', 'other']) await writeFile(join(directory, name), Buffer.alloc(MiB))
  // Room for as much as the databases may write when they open.
  await makeRoomToOpen(directory, limits, leaving(MiB))
  expect(await readdir(directory)).toEqual(['ballast', 'other'])
  await makeRoomToOpen(directory, limits, leaving(MiB - 1))
  expect(await readdir(directory)).toEqual(['other'])
  // Without one there is nothing to give up.
  await makeRoomToOpen(directory, limits, leaving(0))
  expect(await readdir(directory)).toEqual(['other'])
  expect(asked).toEqual([directory, directory, directory])
})

test('the disk itself is asked how much room is left, when nobody else is', async () => {
  const { bavail, bsize } = await statfs(directory)
  await writeFile(join(directory, 'ballast'), '')
  // A ballast is never larger than 8 MiB, so that a disk with more than that keeps it.
  expect(bavail * bsize).toBeGreaterThan(8 * MiB)
  await makeRoomToOpen(directory, { quotaBytes: MiB, reserveBytes: 64 * MiB })
  expect(await readdir(directory)).toEqual(['ballast'])
})
