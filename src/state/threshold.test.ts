import { expect, test } from 'vitest'
import { Threshold } from './threshold.ts'

test('those who wait are told in the order of their numbers, when they are reached and not before', async () => {
  const threshold = new Threshold(3)
  const told: number[] = []
  const waits = [7, 5, 9, 5].map((at) => threshold.when(at).then(() => told.push(at)))
  await threshold.when(3)
  threshold.advance(4)
  await Promise.resolve()
  expect(told).toEqual([])
  threshold.advance(7)
  await Promise.all([waits[0], waits[1], waits[3]])
  expect(told).toEqual([5, 5, 7])
  expect(threshold.waitingCount).toBe(1)
  threshold.advance(100)
  await waits[2]
  expect(threshold.waitingCount).toBe(0)
})

test('who stops waiting is forgotten', async () => {
  const threshold = new Threshold(0)
  const controller = new AbortController()
  const wait = threshold.when(1, controller.signal)
  controller.abort(new Error('enough'))
  await expect(wait).rejects.toThrow('enough')
  expect(threshold.waitingCount).toBe(0)
  expect(() => threshold.when(1, controller.signal)).toThrow('enough')
})

test('who was told does not mind a signal any more', async () => {
  const threshold = new Threshold(0)
  const controller = new AbortController()
  const wait = threshold.when(1, controller.signal)
  threshold.advance(1)
  controller.abort()
  await expect(wait).resolves.toBeUndefined()
})
