import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastSegment, linkedPath, locationPath, pathKey, resourcePath } from './link.ts'

const origin = 'https://10.1.0.1:443'

test.for([
  ['/redfish/v1', '/redfish/v1'],
  ['/redfish/v1/', '/redfish/v1/'],
  ['/redfish/v1/Systems/System.Embedded.1', '/redfish/v1/Systems/System.Embedded.1'],
  ['/redfish/v1/Systems?$skip=50', '/redfish/v1/Systems?$skip=50'],
  [
    '/redfish/v1/Managers/1/EthernetInterfaces/iDRAC.1%23NIC.1',
    '/redfish/v1/Managers/1/EthernetInterfaces/iDRAC.1%23NIC.1',
  ],
  ['/redfish/v1/Chassis/1#/Fans/0', '/redfish/v1/Chassis/1'],
])('%s is followed', ([href, path]) => {
  expect(linkedPath({ '@odata.id': href })).toBe(path)
  expect(linkedPath(href)).toBe(path)
})

test.for([
  'https://10.1.0.1/redfish/v1/Systems',
  'http://169.254.169.254/latest/meta-data',
  '//evil.example/redfish/v1/',
  '/redfish/v1//evil.example',
  '/redfish/v1/../admin',
  '/redfish/v1/..',
  '/redfish/v1/%2e%2e/admin',
  '/redfish/v1/a%2fb',
  '/redfish/v10/Systems',
  '/redfish/v2',
  '/admin',
  'Systems/1',
  '',
  '/redfish/v1/a b',
  '/redfish/v1/a\r\nX-Evil: 1',
  '/redfish/v1/a\\b',
  `/redfish/v1/${'a'.repeat(2_000)}`,
  null,
  7,
  [],
  {},
])('%j is not followed', (href) => {
  expect(linkedPath({ '@odata.id': href })).toBeUndefined()
  expect(linkedPath(href)).toBeUndefined()
})

test.for([
  ['/redfish/v1/Systems/', '/redfish/v1/Systems/'],
  ['https://10.1.0.1/redfish/v1/Systems/', '/redfish/v1/Systems/'],
  ['https://10.1.0.1:443/redfish/v1/Systems/?a=b', '/redfish/v1/Systems/?a=b'],
  ['https://10.1.0.2/redfish/v1/Systems/', undefined],
  ['http://10.1.0.1:443/redfish/v1/Systems/', undefined],
  ['https://10.1.0.1:8443/redfish/v1/Systems/', undefined],
  ['https://root@10.1.0.1/redfish/v1/Systems/', undefined],
  ['https://10.1.0.1/redfish/v1/../admin', undefined],
  ['javascript:alert(1)', undefined],
  [undefined, undefined],
])('a Location of %s leads to %s', ([location, path]) => {
  expect(locationPath(location, origin)).toBe(path)
})

test('what is followed stays at its origin and below its root, however it is spelled', () => {
  const part = fc.constantFrom(
    '/redfish/v1',
    '/',
    '..',
    '.',
    '%2e',
    '\\',
    '@',
    'https://',
    'evil.example',
    '?',
    '#',
    '//',
    'a',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 8 }).map((some) => some.join('')),
      ),
      (href) => {
        const path = linkedPath(href)
        if (path === undefined) return
        const url = new URL(path, origin)
        expect(url.origin).toBe(new URL(origin).origin)
        expect(url.pathname === '/redfish/v1' || url.pathname.startsWith('/redfish/v1/')).toBe(true)
      },
    ),
  )
})

test('a resource is the same with and without trailing slash, and in either case', () => {
  expect(resourcePath('/redfish/v1/Systems/1/')).toBe('/redfish/v1/Systems/1')
  expect(pathKey('/redfish/v1/systems/1/')).toBe(pathKey('/redfish/v1/Systems/1'))
  expect(lastSegment('/redfish/v1/Systems/Node0/?a=b')).toBe('Node0')
})
