import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOfHex, hexOf } from './hex.ts'
import { indexId, joinParts } from './index-key.ts'
import { revisionKey, revisionOfKey } from './revision-key.ts'

test('different parts give different keys, and parts without slash and percent are read as they are', () => {
  const parts = fc.array(fc.string({ unit: fc.constantFrom('a', '/', '%', '2', 'F', '5') }), { minLength: 1 })
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(joinParts(one) === joinParts(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
  expect(joinParts(['', 'x1000c0s0b0n0'])).toBe('/x1000c0s0b0n0')
  expect(indexId({ index: 'name', key: '/a' })).toBe('name//a')
})

test('keys of revisions ascend with them', () => {
  const revision = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(revision, revision, (one, other) => {
      expect(revisionKey(one) < revisionKey(other)).toBe(one < other)
      expect(revisionOfKey(revisionKey(one))).toBe(one)
    }),
  )
})

test('hexadecimal digits give their bytes back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(bytesOfHex(hexOf(bytes))).toEqual(bytes)
    }),
  )
})
