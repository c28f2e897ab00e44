import { expect, test } from 'vitest'
import { Semaphore } from './semaphore.ts'

test('no more tasks than the limit run at once, and those that wait run in the order of their arrival', async () => {
  const semaphore = new Semaphore({ what: 'the pool', limit: 2, waitingMax: 10 })
  const started: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const tasks = gates.map((gate, at) =>
    semaphore.run(async () => {
      started.push(at)
      await gate.promise
      return at
    }),
  )
  await Promise.resolve()
  expect(started).toEqual([0, 1])
  gates[1]!.resolve()
  await tasks[1]
  await expect.poll(() => started).toEqual([0, 1, 2])
  for (const gate of gates) gate.resolve()
  expect(await Promise.all(tasks)).toEqual([0, 1, 2, 3, 4])
})

test('a task that fails gives its place away', async () => {
  const semaphore = new Semaphore({ what: 'the pool', limit: 1, waitingMax: 10 })
  await expect(semaphore.run(() => Promise.reject(new Error('disk')))).rejects.toThrow('disk')
  expect(await semaphore.run(() => Promise.resolve('next'))).toBe('next')
})

test('beyond its limit nobody waits', async () => {
  const semaphore = new Semaphore({ what: 'the pool', limit: 1, waitingMax: 1 })
  const gate = Promise.withResolvers<void>()
  const running = semaphore.run(() => gate.promise)
  const waiting = semaphore.run(() => Promise.resolve())
  await expect(semaphore.run(() => Promise.resolve())).rejects.toThrow('the pool is full: 1 waiting tasks at most')
  gate.resolve()
  await Promise.all([running, waiting])
})
