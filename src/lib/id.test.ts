import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isId, makeId, parseId } from './id.ts'

const random = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('the bits of an id are the random ones, high bits first', () => {
  expect(makeId({ prefix: 'nod', random: new Uint8Array(16) })).toBe('nod-00000000000000000000000000')
  expect(makeId({ prefix: 'nod', random: new Uint8Array(16).fill(255) })).toBe('nod-7zzzzzzzzzzzzzzzzzzzzzzzzz')
})

test('ids order as their random bytes do, and none is lost', () => {
  fc.assert(
    fc.property(random, random, (one, other) => {
      const ids = [one, other].map((bytes) => makeId({ prefix: 'grp', random: bytes }))
      expect(ids[0]! < ids[1]!).toBe(Buffer.compare(one, other) < 0)
      expect(ids.every((id) => isId(id, 'grp') && parseId(` ${id.toUpperCase()}`, 'grp') === id)).toBe(true)
    }),
  )
})

test.for([
  ['grp-00000000000000000000000000', '"grp-00000000000000000000000000" is not an id: it begins with grp-, not nod-'],
  ['nod-0000000000000000000000000', 'it is not nod- and 26 characters'],
  ['nod-80000000000000000000000000', 'it is not nod- and 26 characters'],
  ['nod-0000000000000000000000000u', 'it is not nod- and 26 characters'],
  ['compute', 'it is not nod- and 26 characters'],
])('%s: %s', ([text, reason]) => {
  expect(() => parseId(text!, 'nod')).toThrow(reason!)
  expect(isId(text!, 'nod')).toBe(false)
})

test('a prefix that is none, and too little randomness, are defects', () => {
  expect(() => makeId({ prefix: 'N', random: new Uint8Array(16) })).toThrow(RangeError)
  expect(() => makeId({ prefix: 'nod', random: new Uint8Array(15) })).toThrow(RangeError)
})
