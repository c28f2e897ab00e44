import { expect, test, vi } from 'vitest'
import { WakeUp } from './wake-up.ts'

const never = new Promise<void>(() => undefined)

test('a notice ends the wait', async () => {
  const wakeUp = new WakeUp()
  const woken = vi.fn()
  const waiting = wakeUp.wait(never).then(woken)
  await Promise.resolve()
  expect(woken).not.toHaveBeenCalled()
  wakeUp.notify()
  await waiting
})

test('a notice that came while nobody waited ends the next wait, and only that', async () => {
  const wakeUp = new WakeUp()
  wakeUp.notify()
  wakeUp.notify()
  await wakeUp.wait(never)
  const woken = vi.fn()
  void wakeUp.wait(never).then(woken)
  await new Promise(setImmediate)
  expect(woken).not.toHaveBeenCalled()
})

test('without a notice the wait ends at its latest', async () => {
  await new WakeUp().wait(Promise.resolve())
})
