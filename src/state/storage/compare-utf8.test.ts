import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareUtf8 } from './compare-utf8.ts'

test('it orders texts as their UTF-8 bytes are ordered', () => {
  const unit = fc.constantFrom('a', 'b', '\0', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
  const text = fc.oneof(fc.string({ unit, maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 4 }))
  fc.assert(
    fc.property(text, text, (one, other) => {
      const expected = Buffer.compare(Buffer.from(one.toWellFormed()), Buffer.from(other.toWellFormed()))
      expect(Math.sign(compareUtf8(one, other))).toBe(expected)
    }),
  )
})
