import { expect, test } from 'vitest'
import { readingFrom, sampleFacts, sampleState, snapshotBytes } from '../testing/sample-snapshot.ts'
import { inspectSnapshot } from './inspect-snapshot.ts'

const { writer, keyValue } = await sampleState(40)

test('a snapshot says of itself whose it is, how far it is and what it holds', async () => {
  const bytes = await snapshotBytes(keyValue)
  const facts = await inspectSnapshot('f.snapshot', readingFrom(bytes))
  const { id, clusterId, peer, release } = sampleFacts
  expect(facts).toMatchObject({ id, clusterId, peer, release, sizeBytes: bytes.length })
  expect(facts).toMatchObject({ time: '2026-11-21T00:00:00.000Z', stateVersion: 1, requestFloor: '' })
  const { index, term, revision, logTimeMs } = writer.state.position
  expect(facts).toMatchObject({ index, term, revision, logTimeMs, outcomes: 120 })
  expect(facts.rows).toEqual({ shelf: 40, box: 40, note: 40 })
  expect(facts.stateHash).toBe(Buffer.from(writer.state.hash.toBytes()).toString('hex'))
  expect(facts.chain).toBe('07'.repeat(16))
  expect(facts.voters).toEqual([{ id: 'a'.repeat(16), name: 'a', address: '127.0.0.1:7401' }])
})

test('a time that no clock shows is not shown as one', async () => {
  const bytes = await snapshotBytes(keyValue, { timeMs: 2n ** 60n })
  expect((await inspectSnapshot('f.snapshot', readingFrom(bytes))).time).toBe('at an unknown time')
})

test('what ends in the middle is refused', async () => {
  const bytes = await snapshotBytes(keyValue)
  const cut = inspectSnapshot('f.snapshot', readingFrom(bytes.subarray(0, bytes.length - 40)))
  await expect(cut).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID' })
})
