import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

test('a timer that comes late is not made up for: a burst of ticks would be an election for nothing', async () => {
  let ticks = 0
  const stop = systemClock.every(10, () => ticks++)
  const endNs = systemClock.nowNs() + 200_000_000n
  while (systemClock.nowNs() < endNs);
  await new Promise(setImmediate)
  expect(ticks).toBeLessThanOrEqual(2)
  await expect.poll(() => ticks).toBeGreaterThan(3)
  stop()
})

test('what is deferred comes after everything that has already arrived', async () => {
  const order: string[] = []
  systemClock.defer(() => order.push('deferred'))
  await Promise.resolve()
  order.push('arrived')
  await new Promise(setImmediate)
  expect(order).toEqual(['arrived', 'deferred'])
})

test('a timer that was stopped does not come', async () => {
  let calls = 0
  systemClock.after(1, () => calls++)()
  const later = new Promise<void>((resolve) => {
    systemClock.after(5, resolve)
  })
  await later
  expect(calls).toBe(0)
})
