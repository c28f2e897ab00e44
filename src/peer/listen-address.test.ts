import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { formatAddress, isLoopback, isUnspecified, parseListenAddress, requireLoopback } from './listen-address.ts'

test.for([
  ['127.0.0.1:7400', { host: '127.0.0.1', port: 7400 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
] as const)('%s is an address, and is written the same', ([text, address]) => {
  expect(parseListenAddress('--api-listen', text)).toEqual(address)
  expect(formatAddress(address)).toBe(text)
})

test.for(['', '127.0.0.1', ':7400', '127.0.0.1:', '127.0.0.1:65536', '::1:7400', '[host]:1', 'a b:1', '1.2.3.4:-1'])(
  '%j is no address, and the error names setting and form',
  (text) => {
    expect(() => parseListenAddress('TRIVET_API_LISTEN', text)).toThrow(
      `TRIVET_API_LISTEN: ${JSON.stringify(text)} is not HOST:PORT`,
    )
  },
)

test('whatever is given, it is an address that is written as it was read, or CONFIG_INVALID', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(70_000)).map(([host, port]) => `${host}:${port}`),
    fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([host, port]) => `[${host}]:${port}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      let address
      try {
        address = parseListenAddress('x', text)
      } catch (error) {
        return isTrivetError(error, 'CONFIG_INVALID')
      }
      expect(parseListenAddress('x', formatAddress(address))).toEqual(address)
      return address.port <= 65_535
    }),
  )
})

test.for(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is reached by this machine only',
  (host) => {
    expect(isLoopback(host)).toBe(true)
    expect(() => requireLoopback('--api-listen', { host, port: 1 })).not.toThrow()
  },
)

// Short and octal forms mean different addresses to different resolvers.
test.for([
  '0.0.0.0',
  '::',
  '10.0.0.1',
  'example.org',
  'localhost.example.org',
  '127.1',
  '0177.0.0.1',
  '2130706433',
  '',
])('%j may be reached by others, and is refused by name of the setting', (host) => {
  expect(isLoopback(host)).toBe(false)
  expect(() => requireLoopback('--peer-listen', { host, port: 7401 })).toThrow(/^--peer-listen .*:7401 is reachable/)
})

test('only what stands for all addresses is unspecified', () => {
  expect(['0.0.0.0', '::', '::ffff:0.0.0.0'].map(isUnspecified)).toEqual([true, true, true])
  expect(['127.0.0.1', '10.0.0.0', 'localhost', ''].map(isUnspecified)).toEqual([false, false, false, false])
})
