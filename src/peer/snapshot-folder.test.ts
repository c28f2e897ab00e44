import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { snapshotFolderContract } from './snapshot-folder.contract.ts'
import { nodeSnapshotPlaces, snapshotFileOf } from './snapshot-folder.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-snapshots-'))
})
afterEach(async () => rm(root, { recursive: true }))

snapshotFolderContract(async () => ({
  folder: nodeSnapshotPlaces(root).folder,
  contentOf: (id) =>
    readFile(join(root, snapshotFileOf(id))).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }),
}))

test('nobody else reads a snapshot: it holds all that the state does', async () => {
  const file = await nodeSnapshotPlaces(root).folder.create('s1')
  await file.close()
  const path = join(root, snapshotFileOf('s1'))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
})
