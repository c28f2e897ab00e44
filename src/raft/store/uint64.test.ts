import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeUint64 } from './uint64.ts'

test('what is written is what a reader of 64 bits reads, for every count', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const target = Buffer.alloc(10, 0xff)
      writeUint64(target, value, 1)
      expect(target.readBigUInt64BE(1)).toBe(BigInt(value))
      expect([target[0], target[9]]).toEqual([0xff, 0xff])
    }),
    { examples: [[0], [2 ** 31], [2 ** 32 - 1], [2 ** 32], [Number.MAX_SAFE_INTEGER]] },
  )
})

test.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is refused: it would read as another number', (value) => {
  expect(() => writeUint64(Buffer.alloc(8), value, 0)).toThrow(RangeError)
})
