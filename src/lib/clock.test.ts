import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { systemClock } from './clock.ts'

test('the monotonic clock of the machine does not go back', () => {
  const readings = Array.from({ length: 1000 }, () => systemClock.monotonicMs())
  expect(readings).toEqual(readings.toSorted((left, right) => left - right))
})

test('a virtual clock stands still, and a jump of its wall clock does not move its monotonic one', () => {
  const clock = new VirtualClock({ wallMs: 1000, monotonicMs: 5 })
  clock.advance(10)
  clock.jumpWall(-500)
  expect([clock.wallMs(), clock.monotonicMs()]).toEqual([510, 15])
  expect(() => clock.advance(-1)).toThrow(RangeError)
})
