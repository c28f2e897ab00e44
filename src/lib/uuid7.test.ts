import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUuid, uuid7, uuid7TimeMs } from './uuid7.ts'

const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
const timeMs = fc.integer({ min: 0, max: 2 ** 48 - 1 })

test('the time of an id is the one that it was drawn with, whatever its random bytes', () => {
  fc.assert(
    fc.property(timeMs, random, (time, bytes) => {
      const id = uuid7({ timeMs: time, random: bytes })
      expect(isUuid(id)).toBe(true)
      expect(uuid7TimeMs(id)).toBe(time)
    }),
  )
})

test('ids of a later millisecond sort behind those of an earlier one', () => {
  fc.assert(
    fc.property(timeMs, timeMs, random, random, (one, other, bytes, others) => {
      fc.pre(one < other)
      expect(uuid7({ timeMs: one, random: bytes }) < uuid7({ timeMs: other, random: others })).toBe(true)
    }),
  )
})

test('the 74 random bits of an id are all used', () => {
  const none = uuid7({ timeMs: 0, random: new Uint8Array(10) })
  const all = uuid7({ timeMs: 0, random: new Uint8Array(10).fill(255) })
  expect(none).toBe('00000000-0000-7000-8000-000000000000')
  expect(all).toBe('00000000-0000-7fff-bfff-ffffffffffff')
})

test('a UUID of another version, capitals and other texts have no log time', () => {
  for (const text of ['', 'x', '00000000-0000-4000-8000-000000000000', '00000000-0000-7000-C000-000000000000']) {
    expect(uuid7TimeMs(text)).toBeUndefined()
  }
  expect(uuid7TimeMs('00000000-0000-7000-c000-000000000000')).toBeUndefined()
})

test('a time that 48 bits cannot hold, and too little randomness, are refused', () => {
  const bytes = new Uint8Array(10)
  for (const time of [-1, 1.5, Number.NaN, 2 ** 48]) {
    expect(() => uuid7({ timeMs: time, random: bytes })).toThrow(RangeError)
  }
  expect(() => uuid7({ timeMs: 0, random: new Uint8Array(9) })).toThrow(RangeError)
})
