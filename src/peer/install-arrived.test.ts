import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { arrivedSnapshotPath } from '../raft/index.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import { sampleFacts, sampleState, snapshotBytes } from '../state/testing/sample-snapshot.ts'
import { installArrived, nodeArrivedPorts } from './install-arrived.ts'

const bytes = await snapshotBytes((await sampleState(5)).keyValue)
const cluster = { id: sampleFacts.clusterId }
let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'trivet-arrived-'))
  mkdirSync(join(path, 'raft'))
})

afterEach(() => rmSync(path, { recursive: true }))

const arrive = (content: Uint8Array) => writeFileSync(join(path, arrivedSnapshotPath), content)

test('where nothing has arrived nothing is done', async () => {
  expect(await installArrived(nodeArrivedPorts(path), cluster)).toEqual({ kind: 'none' })
  expect(readdirSync(path)).toEqual(['raft'])
})

test('what has arrived becomes the state, and stays until the log follows it: a second start finds it installed', async () => {
  arrive(bytes)
  for (let start = 0; start < 2; start++) {
    const arrived = await installArrived(nodeArrivedPorts(path), cluster)
    expect(arrived).toMatchObject({ kind: 'installed', point: { index: 5, term: 1 } })
    expect(await nodeStateDirectories(path).current()).toBe(`state.${sampleFacts.id}`)
    expect(existsSync(join(path, arrivedSnapshotPath))).toBe(true)
  }
})

test.each([
  ['cut off', bytes.subarray(0, -10), cluster, 'is cut off'],
  ['of another cluster', bytes, { id: 'another' }, 'not of another'],
])('what is %s is refused and goes, and the state is the one of before', async (_, content, of, reason) => {
  arrive(content)
  expect(await installArrived(nodeArrivedPorts(path), of)).toEqual({
    kind: 'refused',
    reason: expect.stringContaining(reason) as string,
  })
  expect(await nodeStateDirectories(path).current()).toBe('state')
  expect(existsSync(join(path, arrivedSnapshotPath))).toBe(false)
  expect(await installArrived(nodeArrivedPorts(path), of)).toEqual({ kind: 'none' })
})

test('one that a newer release has to install stays for it', async () => {
  arrive(bytes)
  const attempt = installArrived({ ...nodeArrivedPorts(path), stateVersionMax: 0 }, cluster)
  await expect(attempt).rejects.toMatchObject({ code: 'DATA_FORMAT_UNKNOWN' })
  expect(await installArrived(nodeArrivedPorts(path), cluster)).toMatchObject({ kind: 'installed' })
})
