import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clusterOf, tokenOf } from './cluster.ts'
import { readConfig } from './config.ts'
import { openDataDir } from './data-dir.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-cluster-'))
})
afterEach(() => rm(directory, { recursive: true }))

const list = 'a=127.0.0.1:1,b=127.0.0.1:2,c=127.0.0.1:3'
const configOf = (...argv: string[]) => readConfig(argv, {})
const quorum = (name: string, ...argv: string[]) =>
  configOf('--initial-peers', list, '--seal-key-file', 'k', '--name', name, ...argv)

test('peers that start with the same list and token find the same ids without asking', () => {
  const [a, b] = [clusterOf(quorum('a'), 't'), clusterOf(quorum('b'), 't')]
  expect(a.id).toBe(b.id)
  expect(a.peers).toEqual(b.peers)
  expect(a.self).not.toEqual(b.self)
  expect(a.peers.map(({ name, address }) => `${name}=${address}`).join(',')).toBe(list)
  expect(a.peers.filter(({ id }) => id === a.self.id)).toHaveLength(1)
})

test('another token is another cluster', () => {
  expect(clusterOf(quorum('a'), 't').id).not.toBe(clusterOf(quorum('a'), 'u').id)
})

test('a peer that stands alone stays the same wherever it listens', () => {
  const [one, other] = [configOf(), configOf('--peer-listen', '127.0.0.1:9', '--api-listen', '127.0.0.1:0')]
  expect(clusterOf(other, 't').id).toBe(clusterOf(one, 't').id)
  expect(clusterOf(other, 't').self).toEqual(clusterOf(one, 't').self)
})

test('a peer that stands alone draws its token, keeps to the one that is kept, and takes the one that it is given', async () => {
  const dataDir = await openDataDir(directory)
  const drawn = await tokenOf(configOf(), dataDir)
  expect(drawn).toMatch(/^[0-9a-f]{32}$/)
  expect(await tokenOf(configOf(), dataDir)).not.toBe(drawn)
  await writeFile(dataDir.tokenFile, 'kept\n')
  expect(await tokenOf(configOf(), dataDir)).toBe('kept')
  expect(await tokenOf(configOf('--cluster-token', 'given'), dataDir)).toBe('given')
})

test('a peer of a quorum never takes the token of one that stood alone in its directory', async () => {
  const dataDir = await openDataDir(directory)
  await writeFile(dataDir.tokenFile, 'kept\n')
  expect(await tokenOf(quorum('a'), dataDir)).toBe('')
})
