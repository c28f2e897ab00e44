import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { arrivedSnapshotPath } from '../raft/index.ts'
import { arrivedFileContract } from './arrived-file.contract.ts'
import { nodeArrivedFile } from './arrived-file.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-arrived-file-'))
  await mkdir(join(root, 'raft'))
})
afterEach(async () => rm(root, { recursive: true }))

arrivedFileContract(async () => ({
  file: nodeArrivedFile(root),
  arrive: (content) => writeFile(join(root, arrivedSnapshotPath), content),
}))

test('an error that does not say that it is missing is passed on', async () => {
  await writeFile(join(root, 'file'), '')
  await expect(nodeArrivedFile(join(root, 'file')).open()).rejects.toMatchObject({ code: 'ENOTDIR' })
})
