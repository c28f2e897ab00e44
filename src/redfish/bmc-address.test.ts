import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { parseBmcAddress } from './bmc-address.ts'

test.for([
  ['10.1.0.1', '10.1.0.1', 'https://10.1.0.1:443'],
  [' 10.1.0.1:443 ', '10.1.0.1', 'https://10.1.0.1:443'],
  ['127.77.0.1:8443', '127.77.0.1:8443', 'https://127.77.0.1:8443'],
  ['X1000C0S0B0', 'x1000c0s0b0', 'https://x1000c0s0b0:443'],
  ['bmc_1.site.example:8443', 'bmc_1.site.example:8443', 'https://bmc_1.site.example:8443'],
  ['fd00::12', '[fd00::12]', 'https://[fd00::12]:443'],
  ['[fd00::12]', '[fd00::12]', 'https://[fd00::12]:443'],
  ['[fd00::12]:8443', '[fd00::12]:8443', 'https://[fd00::12]:8443'],
])('%s is read as %s', ([given, text, origin]) => {
  expect(parseBmcAddress(given!)).toMatchObject({ text, origin })
})

test.for([
  ['https://h/redfish/v1', 'it is a URL', 'h'],
  ['https://h:8443/redfish/v1/', 'it is a URL', 'h:8443'],
  ['http://[fd00::1]:80/', 'it is a URL', '[fd00::1]:80'],
  ['10.1.0.1/redfish/v1', 'it has a path', '10.1.0.1'],
  ['root@10.1.0.1', 'it names a user', '10.1.0.1'],
  ['10.1.0.1 10.1.0.2', 'it contains a blank', '10.1.0.1'],
  ['the bmc', 'it contains a blank', 'the'],
  ['https://10.1.0.256/redfish/v1', 'it is a URL', 'bmc1.example:8443'],
  ['10.1.0.1:99999', 'its port is not between 1 and 65535', '10.1.0.1'],
  ['10.1.0.1:0', 'its port is not between 1 and 65535', '10.1.0.1'],
  ['10.1.0.1:', 'its port is not between 1 and 65535', '10.1.0.1'],
])('%s is refused: %s; the part to keep is %s', ([given, reason, keep]) => {
  expect(() => parseBmcAddress(given!)).toThrow(reason!)
  try {
    parseBmcAddress(given!)
  } catch (error) {
    const remedy = `give host[:port] only, for example ${keep}`
    expect(isTrivetError(error, 'BMC_ADDRESS_INVALID') && error.remedy).toBe(remedy)
  }
})

test.for([
  ['', 'it is empty'],
  ['fd00::12:8443:zz', 'more than one colon'],
  ['fe80::1%eth0', 'it names a zone'],
  ['[10.1.0.1]', 'no IPv6 address in its brackets'],
  ['[fd00::1', 'its brackets do not enclose'],
  [':443', 'its host is empty'],
  ['-bmc', 'neither a name nor an IP address'],
  ['10.1', 'neither a name nor an IP address'],
  ['0x7f.1', 'neither a name nor an IP address'],
  ['2130706433', 'neither a name nor an IP address'],
  ['10.1.0.256', 'neither a name nor an IP address'],
  ['bmc'.repeat(100), 'more than 255 characters'],
])('%s is refused: %s', ([given, reason]) => {
  expect(() => parseBmcAddress(given!)).toThrow(reason!)
})

test('the error never shows the password of a URL', () => {
  expect(() => parseBmcAddress('https://root:calvin@10.1.0.1/redfish/v1')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('calvin') as string }),
  )
})

test('any text is read or refused, and what is read reads the same again', () => {
  const parts = fc.constantFrom('10.1.0.1', 'bmc', ':', '443', '[', ']', 'fd00::1', '/', '@', '.', 'https://', '%', ' ')
  const text = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 6 }).map((some) => some.join('')),
  )
  fc.assert(
    fc.property(text, (given) => {
      let read
      try {
        read = parseBmcAddress(given)
      } catch (error) {
        expect(isTrivetError(error, 'BMC_ADDRESS_INVALID')).toBe(true)
        return
      }
      expect(parseBmcAddress(read.text)).toEqual(read)
      expect(new URL(read.origin).username).toBe('')
    }),
  )
})
