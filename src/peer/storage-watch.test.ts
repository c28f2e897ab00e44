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

test('the ballast is given up to open what is there, and only if the disk is full', async () => {
  const { bavail, bsize } = await statfs(directory)
  await writeFile(join(directory, 'ballast'), '')
  await makeRoomToOpen(directory, { quotaBytes: MiB, reserveBytes: 8 * MiB })
  expect(await readdir(directory)).toEqual(['ballast'])
  // As if it was full: a ballast is never larger than 8 MiB, so nothing less would do.
  expect(bavail * bsize).toBeGreaterThan(8 * MiB)
})
