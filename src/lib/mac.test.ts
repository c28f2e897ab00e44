import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLocallyAdministeredMac, isMac, isMulticastMac, parseMac } from './mac.ts'

test.for([
  'a4:bf:01:02:03:0f',
  'A4-BF-01-02-03-0F',
  'a4%3Abf%3a01%3A02%3A03%3A0f',
  'a4%2Dbf%2d01-02-03-0f',
  'a4bf.0102.030F',
  'a4.bf.01.02.03.0f',
  'a4bf0102030f',
  '  a4:bf:01:02:03:0f\n',
])('%s is read', (text) => {
  expect(parseMac(text)).toBe('a4:bf:01:02:03:0f')
  expect(isMac(text)).toBe(true)
})

test.for([
  ['a4:bf:01:02:03', 'it has 10 hexadecimal digits; 12 are needed'],
  ['a4:bf:01:02:03:0g', '"g" is no hexadecimal digit'],
  ['a4:bf-01:02:03:0f', 'its separators are not those of any form'],
  ['a4bf:0102:030f', 'its separators are not those of any form'],
  ['', 'it is empty'],
  ['0'.repeat(100), 'it has more than 27 characters'],
])('%s: %s', ([text, reason]) => {
  expect(() => parseMac(text!)).toThrow(reason!)
  expect(isMac(text!)).toBe(false)
})

test('six octets survive every form', () => {
  const octets = fc.uint8Array({ minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(
      octets,
      fc.constantFrom(':', '-', '.', '', '%3A', '%2d'),
      fc.boolean(),
      (bytes, separator, capitals) => {
        const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
        const text = pairs.join(separator)
        expect(parseMac(capitals ? text.toUpperCase() : text)).toBe(pairs.join(':'))
      },
    ),
  )
})

test('the two flag bits of the first octet are read', () => {
  expect(isMulticastMac('ff:ff:ff:ff:ff:ff')).toBe(true)
  expect(isMulticastMac('02:00:00:00:00:01')).toBe(false)
  expect(isLocallyAdministeredMac('02:00:00:00:00:01')).toBe(true)
  expect(isLocallyAdministeredMac('a4:bf:01:02:03:0f')).toBe(false)
})
