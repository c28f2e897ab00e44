import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, documentOf, fieldOf, listOf, nameOf, textOf, uuidOf } from './document.ts'
import { limits } from './limits.ts'

test('a path of names leads to a field, or to nothing where something else is on the way', () => {
  const body = { Boot: { BootOrder: ['a'] }, Links: null }
  expect(fieldOf(body, 'Boot', 'BootOrder')).toEqual(['a'])
  expect(fieldOf(body, 'Links', 'Sessions')).toBeUndefined()
  expect(fieldOf(body, 'Boot', 'BootOrder', 'length')).toBeUndefined()
  expect(fieldOf(body, 'constructor')).toBeUndefined()
  expect(fieldOf(JSON.parse('{"__proto__": {"x": 1}}'), 'x')).toBeUndefined()
})

test('what has the wrong type counts as missing', () => {
  expect([documentOf([]), documentOf('x'), documentOf(null)]).toEqual([undefined, undefined, undefined])
  expect([listOf(null), listOf({}), listOf('ab')]).toEqual([[], [], []])
  expect([amountOf('2'), amountOf(-1), amountOf(Number.NaN), amountOf(0)]).toEqual([undefined, undefined, undefined, 0])
  expect([textOf(7), textOf(''), textOf(' \t '), uuidOf('x')]).toEqual([undefined, undefined, undefined, undefined])
})

test.for(['N/A', 'None', 'Not Available', 'To be filled by O.E.M.', 'Default string', '00000000', ' '])(
  '%j names nothing',
  (text) => {
    expect(nameOf(text)).toBeUndefined()
  },
)

test('a UUID of zeros or ones alone is none', () => {
  expect(uuidOf('00000000-0000-0000-0000-000000000000')).toBeUndefined()
  expect(uuidOf('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF')).toBeUndefined()
  expect(uuidOf(' 36383150-3630-584D-5130-313930323042 ')).toBe('36383150-3630-584d-5130-313930323042')
})

test('trailing blanks and terminal escapes are gone', () => {
  expect(textOf('MT2328XZ185R            ')).toBe('MT2328XZ185R')
  expect(textOf('\u001b[2Jroot\u202e\r\n#!ipxe\u0000')).toBe('[2Jroot #!ipxe')
})

test('any text comes out printable, capped, well formed, and the same when cleaned again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (given) => {
      const text = textOf(given) ?? ''
      expect(text.length).toBeLessThanOrEqual(limits.textCharsMax)
      expect(text.isWellFormed()).toBe(true)
      expect(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)).toBe(false)
      expect(textOf(text) ?? '').toBe(text)
    }),
  )
})
