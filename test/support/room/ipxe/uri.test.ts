import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeUriString, formatUri, hostAndPort, parseUri, requestTarget, resolveUri } from './uri.ts'

test('a colon in a query or path arrives percent-encoded, as a real iPXE sends it', () => {
  const uri = parseUri('http://127.0.0.1:7402/boot/52:54:00?mac=52:54:00:12:34:56&x=a/b')
  expect(requestTarget(uri)).toBe('/boot/52%3A54%3A00?mac=52%3A54%3A00%3A12%3A34%3A56&x=a/b')
  expect(hostAndPort(uri)).toBe('127.0.0.1:7402')
})

test('what was escaped is decoded and escaped anew, so an escaped ampersand arrives plain', () => {
  expect(requestTarget(parseUri('http://h/?a=%26%20%2F%25'))).toBe('/?a=&%20/%25')
})

test('a URI without port, path or query', () => {
  const uri = parseUri('http://peer')
  expect([uri.host, uri.port, uri.path, hostAndPort(uri), requestTarget(uri)]).toEqual([
    'peer',
    undefined,
    undefined,
    'peer:80',
    '/',
  ])
})

test.each([
  ['vmlinuz', 'http://h:1/boot/vmlinuz'],
  ['/a/vmlinuz', 'http://h:1/a/vmlinuz'],
  ['../vmlinuz', 'http://h:1/vmlinuz'],
  ['./a/../vmlinuz', 'http://h:1/boot/a/../vmlinuz'],
  ['?mac=1', 'http://h:1/boot/ipxe?mac=1'],
  ['http://other/x', 'http://other/x'],
])('%s relative to a script is %s', (relative, absolute) => {
  const base = parseUri('http://h:1/boot/ipxe?mac=0')
  expect(formatUri(resolveUri(base, parseUri(relative)))).toBe(absolute)
})

test('a relative URI with a colon is taken for another scheme, as a real iPXE does', () => {
  expect(parseUri('ipxe?mac=52:54').scheme).toBe('ipxe?mac=52')
})

test('a percent sign that escapes nothing is refused', () => {
  expect(() => parseUri('http://h/%zz')).toThrow(/no escaped byte/)
})

test('any value passes through :uristring into a query and comes out unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const uri = parseUri(`http://h/?v=${encodeUriString(Buffer.from(value))}`)
      return Buffer.from(uri.query!.slice(2), 'latin1').toString() === value.toWellFormed()
    }),
  )
})
