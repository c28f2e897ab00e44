import { expect, test } from 'vitest'
import { mainProbeMs, mainStallMs, standstillMsMax, tickMs } from './limits.ts'
import { MainWatch } from './main-watch.ts'
import { ManualClock } from './manual-clock.ts'

function watched() {
  const clock = new ManualClock()
  const counts = { asked: 0 }
  const watch = new MainWatch({ ask: () => counts.asked++, nowNs: () => clock.nowNs() })
  /** Lets time pass, a tick in every so many ms. */
  const pass = (ms: number, everyMs = tickMs) => {
    for (let passedMs = 0; passedMs < ms; passedMs += everyMs) {
      clock.advance(everyMs)
      watch.tick()
    }
  }
  return { watch, counts, pass }
}

test('main is asked again only once it has answered', () => {
  const { watch, counts, pass } = watched()
  pass(mainProbeMs)
  expect(counts.asked).toBe(1)
  pass(mainStallMs * 3)
  expect(counts.asked).toBe(1)
  watch.answered()
  pass(mainProbeMs)
  expect(counts.asked).toBe(2)
})

test.each([tickMs, 3 * tickMs])(
  'with ticks of %d ms main is stuck once an answer is overdue, counts as such once, and no longer when it answers',
  (everyMs) => {
    const { watch, pass } = watched()
    while (!watch.isStuck) {
      expect(watch.stalls).toBe(0)
      pass(everyMs, everyMs)
    }
    expect(watch.stalls).toBe(1)
    pass(mainStallMs, everyMs)
    expect([watch.isStuck, watch.stalls]).toEqual([true, 1])
    watch.answered()
    expect([watch.isStuck, watch.stalls]).toEqual([false, 1])
  },
)

test('main is not stuck before its time, however ticks come', () => {
  for (const everyMs of [1, tickMs, standstillMsMax, 60_000]) {
    const { watch, counts, pass } = watched()
    while (counts.asked === 0) pass(everyMs, everyMs)
    pass(mainStallMs - standstillMsMax, everyMs)
    expect(watch.isStuck).toBe(false)
  }
})

test('a process that was stopped for long has not waited for main for long', () => {
  const { watch, pass } = watched()
  pass(mainProbeMs)
  pass(60_000, 60_000)
  expect(watch.isStuck).toBe(false)
})

test('a main that answers late every time, but in time, is never stuck', () => {
  const { watch, pass } = watched()
  for (let round = 0; round < 20; round++) {
    pass(mainProbeMs + mainStallMs - tickMs)
    watch.answered()
  }
  expect(watch.stalls).toBe(0)
})
