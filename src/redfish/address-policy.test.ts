import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressPolicy } from './address-policy.ts'

const byDefault = addressPolicy([])

test.for([
  '10.1.0.1',
  '192.168.7.9',
  '100.64.0.1',
  '203.0.113.7',
  '8.8.8.8',
  'fd00::1',
  '2001:4860::8',
  '::ffff:10.1.0.1',
])('%s is contacted by default', (ip) => {
  expect(byDefault.refusal(ip)).toBeUndefined()
})

test.for([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['169.254.3.254', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['ff02::c', 'multicast'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['::ffff:0.0.0.0', 'unspecified'],
  ['255.255.255.255', 'broadcast'],
  ['::127.0.0.1', 'hides an IPv4 address'],
  ['::10.1.0.1', 'hides an IPv4 address'],
  ['64:ff9b::7f00:1', 'hides an IPv4 address'],
  ['2002:7f00:1::', 'hides an IPv4 address'],
  ['bmc1', 'not an IP address'],
])('%s is not contacted by default: %s', ([ip, reason]) => {
  expect(byDefault.refusal(ip!)).toContain(reason)
})

test('with networks given, only those are contacted', () => {
  const policy = addressPolicy(['10.1.0.0/16', 'fd00:1::/64', '192.168.1.7'])
  expect(policy.refusal('10.1.255.1')).toBeUndefined()
  expect(policy.refusal('::ffff:10.1.255.1')).toBeUndefined()
  expect(policy.refusal('192.168.1.7')).toBeUndefined()
  expect(policy.refusal('fd00:1::9')).toBeUndefined()
  expect(policy.refusal('10.2.0.1')).toContain('none of the networks')
  expect(policy.refusal('fd00:2::9')).toContain('none of the networks')
})

test('loopback opens for a network within it, never for one that merely covers it', () => {
  expect(addressPolicy(['127.0.0.0/8']).refusal('127.77.0.1')).toBeUndefined()
  expect(addressPolicy(['127.77.0.0/24']).refusal('::ffff:127.77.0.1')).toBeUndefined()
  expect(addressPolicy(['127.77.0.0/24']).refusal('127.78.0.1')).toContain('loopback')
  for (const wide of ['0.0.0.0/0', '127.0.0.0/1', '126.0.0.0/7', '127.0.0.0/7']) {
    expect(addressPolicy([wide]).refusal('127.0.0.1')).toContain('loopback')
    expect(addressPolicy([wide, '::/0']).refusal('::1')).toContain('loopback')
  }
})

test('no network opens multicast, broadcast or the unspecified address', () => {
  const policy = addressPolicy(['0.0.0.0/0', '224.0.0.0/4', '255.255.255.255/32', '0.0.0.0/32', '::/0', 'ff00::/8'])
  for (const ip of ['224.0.0.1', '255.255.255.255', '0.0.0.0', '::', 'ff02::c']) {
    expect(policy.refusal(ip), ip).toBeDefined()
  }
})

test.for(['10.1.0.0/33', '10.1.0.0/-1', '10.1.0.0/', 'fd00::/129', '10.1/16', 'bmcs', '', '::ffff:10.0.0.0/104'])(
  '%s is no network, and the error names it',
  (network) => {
    expect(() => addressPolicy([network])).toThrow(JSON.stringify(network))
  },
)

test('an IPv4 address and its mapped form are judged alike', () => {
  const policies = [byDefault, addressPolicy(['10.0.0.0/8', '127.0.0.0/8'])]
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom(...policies), (ip, policy) => {
      expect(policy.refusal(`::ffff:${ip}`)).toBe(policy.refusal(ip))
    }),
  )
})
