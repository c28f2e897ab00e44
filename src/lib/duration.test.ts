import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationMsMax, formatDuration, parseDuration } from './duration.ts'

test.for([
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['2d', 172_800_000],
  ['1m1ms', 60_001],
  ['0', 0],
  [' 0s ', 0],
] as const)('%s is %i ms', ([text, durationMs]) => {
  expect(parseDuration(text)).toBe(durationMs)
})

test.for([
  ['', 'it is empty'],
  ['90', 'its unit is missing'],
  ['1.5h', 'it is not whole numbers with units'],
  ['30m1h', 'it is not whole numbers with units'],
  ['-5s', 'it is not whole numbers with units'],
  ['5 m', 'it is not whole numbers with units'],
  ['367d', 'it is longer than 366d'],
  ['9'.repeat(30) + 's', 'it is longer than 366d'],
  ['9'.repeat(60) + 's', 'it is too long'],
])('%s: %s', ([text, reason]) => {
  expect(() => parseDuration(text!)).toThrow(reason!)
})

test('what is formatted is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: durationMsMax }), (durationMs) => {
      expect(parseDuration(formatDuration(durationMs))).toBe(durationMs)
    }),
  )
  expect(formatDuration(5_400_000)).toBe('1h30m')
  expect(formatDuration(0)).toBe('0s')
})
