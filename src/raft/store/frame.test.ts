import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from '../core/types.ts'
import { chainStart } from './chain.ts'
import { decodeFrame, encodeFrame, follows, FrameError } from './frame.ts'

const entry: fc.Arbitrary<Entry> = fc.record({
  index: fc.maxSafeNat(),
  term: fc.maxSafeNat(),
  type: fc.constantFrom('normal' as const, 'conf_change' as const),
  data: fc.uint8Array({ maxLength: 200 }),
})

test('every entry is read back as it was written', () => {
  fc.assert(
    fc.property(entry, (given) => {
      const { bytes, chain } = encodeFrame(given, chainStart)
      const frame = decodeFrame(bytes, given.index)
      expect({ ...frame.entry, data: [...frame.entry.data] }).toEqual({ ...given, data: [...given.data] })
      expect(Buffer.compare(frame.chain, chain)).toBe(0)
      expect(follows(bytes, chainStart)).toBe(true)
    }),
  )
})

test('every single flipped bit is found by a checksum or by the chain', () => {
  fc.assert(
    fc.property(entry, fc.nat(), (given, position) => {
      const { bytes } = encodeFrame(given, chainStart)
      const bit = position % (bytes.length * 8)
      // Bytes 2 and 3 carry nothing, but the chain covers them.
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(isBelieved(bytes, given.index)).toBe(false)
    }),
    { numRuns: 1000 },
  )
})

test('bytes that are no frame are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(isBelieved(bytes, 1)).toBe(false)
    }),
  )
})

test('a whole frame in the place of another one is found', () => {
  const { bytes } = encodeFrame({ index: 7, term: 1, type: 'normal', data: new Uint8Array() }, chainStart)
  expect(() => decodeFrame(bytes, 8)).toThrow('entry 7 stands in the place of entry 8')
})

test('an entry of an unknown type is refused, not skipped', () => {
  const { bytes } = encodeFrame({ index: 7, term: 1, type: 'normal', data: new Uint8Array() }, chainStart)
  bytes[1] = 3
  expect(() => decodeFrame(bytes, 7)).toThrow('entry 7 has the unknown type 3')
})

test('the chain differs when anything before differs', () => {
  const one = encodeFrame({ index: 1, term: 1, type: 'normal', data: Buffer.from('a') }, chainStart)
  const other = encodeFrame({ index: 1, term: 1, type: 'normal', data: Buffer.from('b') }, chainStart)
  const second: Entry = { index: 2, term: 1, type: 'normal', data: new Uint8Array() }
  expect(follows(encodeFrame(second, one.chain).bytes, other.chain)).toBe(false)
})

function isBelieved(bytes: Uint8Array, index: number): boolean {
  try {
    decodeFrame(bytes, index)
    return follows(bytes, chainStart)
  } catch (error) {
    if (error instanceof FrameError) return false
    throw error
  }
}
