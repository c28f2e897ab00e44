import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cluster } from './cluster.ts'
import type { DataDir } from './data-dir.ts'
import { openDataDir, requireOwn } from './data-dir.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-data-'))
})
afterEach(() => rm(directory, { recursive: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('a data directory that is missing is made, for its owner only', async () => {
  const path = join(directory, 'a/b')
  const dataDir = await openDataDir(path)
  expect(await modeOf(path)).toBe(0o700)
  expect(dataDir).toMatchObject({ path, isNew: true, identity: undefined })
})

test('an empty directory that others may look into is closed to them', async () => {
  await chmod(directory, 0o755)
  await openDataDir(directory)
  expect(await modeOf(directory)).toBe(0o700)
})

test('our own directory that others may look into is closed to them', async () => {
  await mkdir(join(directory, 'raft'))
  await chmod(directory, 0o777)
  expect(await openDataDir(directory)).toMatchObject({ isNew: false })
  expect(await modeOf(directory)).toBe(0o700)
})

test('a directory in which others keep things is refused, and left as it is', async () => {
  await writeFile(join(directory, 'theirs'), '')
  await chmod(directory, 0o755)
  await expect(openDataDir(directory)).rejects.toThrow(
    `data-dir: ${directory} holds other things, and others may look into it (mode 755)`,
  )
  expect(await modeOf(directory)).toBe(0o755)
  expect(await readdir(directory)).toEqual(['theirs'])
})

test('what is in a closed directory beside ours does not matter', async () => {
  await writeFile(join(directory, 'seal.key'), '')
  expect(await openDataDir(directory)).toMatchObject({ isNew: true })
})

test('a path that is a file is refused by name', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  await expect(openDataDir(file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(file),
  })
  await expect(openDataDir(join(file, 'below'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('a directory whose identity is broken belongs to nobody that could be told from us, and is not new', async () => {
  await mkdir(join(directory, 'raft'))
  await writeFile(join(directory, 'raft/identity.json'), '{')
  expect(await openDataDir(directory)).toMatchObject({ isNew: false, identity: undefined })
})

test('a directory of another cluster or another peer is refused with all four ids', () => {
  const cluster: Cluster = { id: 'c1', self: { id: 'p1', name: 'a' }, peers: [], token: '' }
  const of = (clusterId: string, peerId: string) =>
    ({ path: '/data', identity: { clusterId, peerId, peerName: '', formatEpoch: 1, mustHaveIndex: 0 } }) as DataDir
  expect(() => requireOwn(of('c1', 'p1'), cluster)).not.toThrow()
  const refusal = expect.objectContaining({ code: 'DATA_DIRECTORY_FOREIGN' })
  expect(() => requireOwn(of('c2', 'p1'), cluster)).toThrow(refusal)
  expect(() => requireOwn(of('c1', 'p2'), cluster)).toThrow(
    'data directory /data belongs to peer p2 of cluster c1; this is peer p1 of cluster c1; nothing was changed',
  )
})
