import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { flagValue, ValueError } from './flag-value.ts'
import type { ValueKind } from './table.ts'
import { field } from './testing/tables.ts'

const operation = field({
  kind: 'enum',
  values: [
    { name: 'boot', proto: 'SESSION_OPERATION_BOOT', help: 'Boots.' },
    { name: 'force_off', proto: 'SESSION_OPERATION_FORCE_OFF', help: 'Powers off.' },
  ],
})

test.for<[ValueKind, string, unknown]>([
  ['string', ' a b ', ' a b '],
  ['uint32', '4294967295', '4294967295'],
  ['uint64', '18446744073709551615', '18446744073709551615'],
  ['int32', '-2147483648', '-2147483648'],
  ['int64', '007', '7'],
  ['duration', '1m30s', '90.000s'],
  ['duration', '250ms', '0.250s'],
  ['bool', 'false', false],
])('%s %s', ([kind, text, value]) => {
  expect(flagValue(field({ kind }), [text])).toEqual(value)
})

test.for<[ValueKind, string, RegExp]>([
  ['uint32', '4294967296', /out of range 0–4294967295/],
  ['uint32', '-1', /out of range/],
  ['uint32', '1.5', /"1.5" is not a whole number/],
  ['uint32', '0x10', /not a whole number/],
  ['uint64', '18446744073709551616', /out of range/],
  ['duration', '90', /its unit is missing/],
  ['bool', 'yes', /neither true nor false/],
])('%s refuses %s', ([kind, text, message]) => {
  expect(() => flagValue(field({ kind }), [text])).toThrow(message)
})

test('values of enums are written in small letters, with - or _, and a slip is recognised', () => {
  expect(flagValue(operation, ['boot'])).toBe('SESSION_OPERATION_BOOT')
  expect(flagValue(operation, ['Force-Off'])).toBe('SESSION_OPERATION_FORCE_OFF')
  expect(() => flagValue(operation, ['bot'])).toThrow('"bot" is none of boot, force_off; did you mean boot?')
  expect(() => flagValue(operation, ['SESSION_OPERATION_UNSPECIFIED'])).toThrow(/is none of/)
})

test('maps are key=value, and a key counts once', () => {
  const map = field({ kind: 'map' })
  expect(flagValue(map, ['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' })
  expect(() => flagValue(map, ['a=1', 'a=2'])).toThrow('key "a" is given twice')
  expect(() => flagValue(map, ['=1'])).toThrow('"=1" is not key=value')
  expect(flagValue(map, ['__proto__=1'])).toEqual(Object.fromEntries([['__proto__', '1']]))
})

test('an empty value clears a field, but an empty nodeset is never everything', () => {
  for (const kind of ['string', 'uint32', 'duration', 'map'] as const) {
    expect(flagValue(field({ kind }), [''])).toBeUndefined()
  }
  expect(flagValue(field({ repeated: true }), [''])).toBeUndefined()
  expect(() => flagValue(field({ nodeset: true }), [''])).toThrow(/it is empty/)
})

test('a mistake in a nodeset is found before anything is sent, with its position', () => {
  expect(flagValue(field({ nodeset: true }), ['x1000c0s[0-3]b0n0,@io'])).toBe('x1000c0s[0-3]b0n0,@io')
  expect(() => flagValue(field({ nodeset: true }), ['n[9-010]'])).toThrow(/position 3: the padding of 9-010 differs/)
})

test('whatever is typed, a value or an error for people comes out', () => {
  const kinds = fc.constantFrom<ValueKind>('string', 'bool', 'int32', 'uint32', 'int64', 'uint64', 'duration', 'map')
  fc.assert(
    fc.property(kinds, fc.array(fc.string(), { minLength: 1 }), fc.boolean(), (kind, texts, nodeset) => {
      try {
        flagValue(field({ kind, ...(nodeset && kind === 'string' ? { nodeset } : {}) }), texts)
      } catch (error) {
        expect(error instanceof ValueError || isTrivetError(error)).toBe(true)
      }
    }),
  )
})
