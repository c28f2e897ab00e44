import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashInput } from './hash-input.ts'
import { HashSum } from './hash-sum.ts'
import { hexOf } from './hex.ts'

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes)}`)
}

test('rule 21: it is the sum of digests modulo 2^128, and what is taken out again was never in', () => {
  fc.assert(
    fc.property(fc.array(digest), fc.array(digest), (added, taken) => {
      const sum = new HashSum()
      for (const one of [...added, ...taken]) sum.add(one)
      for (const one of taken.toReversed()) sum.subtract(one)
      const expected = added.reduce((total, one) => total + numberOf(one), 0n) % 2n ** 128n
      expect(numberOf(sum.toBytes())).toBe(expected)
      expect(sum.toString()).toBe(expected.toString(16).padStart(32, '0'))
      const other = new HashSum()
      other.set(sum.toBytes())
      expect(other.toString()).toBe(sum.toString())
    }),
  )
})

test('a carry runs through all words, and back', () => {
  const ones = new Uint8Array(32).fill(255)
  const one = new Uint8Array(32)
  one[31] = 1
  const sum = new HashSum()
  sum.add(ones)
  sum.add(one)
  expect(sum.toString()).toBe('0'.repeat(32))
  sum.subtract(one)
  expect(sum.toString()).toBe('f'.repeat(32))
  expect(() => sum.set(new Uint8Array(15))).toThrow('a hash sum has 16 bytes, not 15')
})

test('different fields never give the same bytes', () => {
  const fields = fc.array(fc.string())
  const bytesOf = (texts: readonly string[]) => {
    const input = new HashInput().reset()
    for (const text of texts) input.text(text)
    return hexOf(input.result())
  }
  fc.assert(
    fc.property(fields, fields, (one, other) => {
      expect(bytesOf(one) === bytesOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
  expect(bytesOf(['ab', 'c'])).not.toBe(bytesOf(['a', 'bc']))
})

test('what is longer than the buffer makes it grow', () => {
  const long = 'ü'.repeat(10_000)
  const input = new HashInput().text('a').text(long).bytes(new Uint8Array(50_000)).number(7)
  expect(input.result()).toHaveLength(4 + 1 + 4 + 20_000 + 4 + 50_000 + 8)
})
