import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FetchedScript } from './evidence-batch.ts'
import { batchFetchesMax, EvidenceBatch, waitingFetchesMax } from './evidence-batch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const fetch = (node: number, attempt = 1): FetchedScript => ({
  nodeId: `n${node}`,
  attemptId: `a${attempt}`,
  timeMs: 0,
})

/** A batch whose reports a test lets through, or not. */
function batching() {
  const brought: string[][] = []
  let answer: () => Promise<void> = () => Promise.resolve()
  const batch = new EvidenceBatch((fetches) => {
    brought.push(fetches.map(({ nodeId, attemptId }) => `${nodeId}/${attemptId}`))
    return answer()
  })
  return { batch, brought, answerWith: (next: () => Promise<void>) => (answer = next) }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('fetches that come close together go together, and of a node only the last one', async () => {
  const { batch, brought } = batching()
  batch.add(fetch(1, 1))
  batch.add(fetch(2))
  await pass(30)
  batch.add(fetch(1, 2))
  expect(brought).toEqual([])
  await pass(20)
  expect(brought).toEqual([['n2/a1', 'n1/a2']])
  await pass(10_000)
  expect(brought).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('a storm goes in batches, one after the other', async () => {
  const { batch, brought } = batching()
  for (let node = 0; node < batchFetchesMax * 2 + 1; node += 1) batch.add(fetch(node))
  await pass(60)
  expect(brought.map(({ length }) => length)).toEqual([batchFetchesMax, batchFetchesMax, 1])
})

test('what could not be brought is tried again after a pause, with what came since', async () => {
  const { batch, brought, answerWith } = batching()
  answerWith(() => Promise.reject(new Error('no leader')))
  batch.add(fetch(1))
  await pass(50)
  batch.add(fetch(2))
  await pass(499)
  expect(brought).toEqual([['n1/a1']])
  answerWith(() => Promise.resolve())
  await pass(1)
  expect(brought).toEqual([['n1/a1'], ['n1/a1', 'n2/a1']])
  await pass(10_000)
  expect(brought).toHaveLength(2)
})

test('a fetch that comes while its node’s earlier one is on its way is not lost with it', async () => {
  const { batch, brought, answerWith } = batching()
  const arrived = Promise.withResolvers<void>()
  answerWith(() => arrived.promise)
  batch.add(fetch(1, 1))
  await pass(50)
  batch.add(fetch(1, 2))
  answerWith(() => Promise.resolve())
  arrived.resolve()
  await pass(50)
  expect(brought).toEqual([['n1/a1'], ['n1/a2']])
})

test('one batch is on its way at a time', async () => {
  const { batch, brought, answerWith } = batching()
  answerWith(() => new Promise(() => undefined))
  batch.add(fetch(1))
  await pass(50)
  batch.add(fetch(2))
  await pass(60_000)
  expect(brought).toHaveLength(1)
})

test('when too many wait, the oldest are let go and counted', async () => {
  const { batch, brought, answerWith } = batching()
  answerWith(() => Promise.reject(new Error('no leader')))
  for (let node = 0; node < waitingFetchesMax + 3; node += 1) batch.add(fetch(node))
  expect(batch.dropped).toBe(3)
  await pass(50)
  expect(brought[0]![0]).toBe('n3/a1')
})

test('stopping brings what waits, once more and not longer than it may take', async () => {
  const { batch, brought } = batching()
  for (let node = 0; node < batchFetchesMax + 1; node += 1) batch.add(fetch(node))
  await batch.stop(1_000)
  expect(brought.map(({ length }) => length)).toEqual([batchFetchesMax, 1])
  batch.add(fetch(1))
  await pass(10_000)
  expect(brought).toHaveLength(2)

  const slow = batching()
  slow.answerWith(() => new Promise(() => undefined))
  slow.batch.add(fetch(1))
  const stopped = vi.fn()
  void slow.batch.stop(1_000).then(stopped)
  await pass(999)
  expect(stopped).not.toHaveBeenCalled()
  await pass(1)
  expect(stopped).toHaveBeenCalled()

  const refused = batching()
  refused.answerWith(() => Promise.reject(new Error('no leader')))
  refused.batch.add(fetch(1))
  await refused.batch.stop(1_000)
  expect(refused.brought).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})
