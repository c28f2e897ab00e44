import { expect, test } from 'vitest'
import { tickMs, tickSlackMs } from './limits.ts'
import { ManualClock } from './manual-clock.ts'
import { TickPunctuality } from './tick-punctuality.ts'

test('a tick is late only behind its slack, each one counted from the one before', () => {
  const clock = new ManualClock()
  const punctuality = new TickPunctuality(() => clock.nowNs())
  const after = (ms: number) => {
    clock.advance(ms)
    punctuality.tick()
    return punctuality.late
  }
  const latestMs = tickMs + tickSlackMs
  expect([10 * latestMs, tickMs, latestMs, latestMs + 1, tickMs, latestMs + 1].map(after)).toEqual([0, 0, 0, 1, 1, 2])
})
