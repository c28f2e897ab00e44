import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, group, node } from '../../testing/fixtures.ts'
import { refusalOf } from '../../testing/request.ts'
import { bmcByReference, findNode, groupByReference, interfaceByReference, nodeByReference } from './references.ts'

const uuid = '12345678-9abc-4def-8123-456789abcdef'
const site = given(
  allTables,
  bmc('x1000c0s0b0', { address: '10.1.0.1' }),
  bmc('x1000c0s1b0', { address: 'bmc1.example:8443' }),
  node('x1000c0s0b0n0', { path: '/1', nid: 7, hostname: 'login1', uuid, macs: ['02:00:00:00:00:0a'] }),
  node('x1000c0s0b0n1', { path: '/2', nid: 70, hostname: 'deadbeefcafe' }),
  group('compute', ['x1000c0s0b0n0']),
)

describe('a node', () => {
  test.each([
    ['its id', 'node-x1000c0s0b0n0'],
    ['its xname', 'x1000c0s0b0n0'],
    ['its xname in capitals with leading zeros and blanks', ' X1000C0S00B0N0 '],
    ['its NID', 'nid:7'],
    ['its NID with leading zeros', 'NID:000007'],
    ['its host name', 'Login1'],
    ['its MAC address', '02:00:00:00:00:0a'],
    ['its MAC address as iPXE writes it', '02-00-00-00-00-0A'],
    ['its MAC address percent-encoded', '02%3a00%3A00%3A00%3A00%3A0a'],
    ['its UUID', uuid.toUpperCase()],
  ])('is found by %s', (_by, reference) => {
    expect(findNode(site, reference)?.key).toBe('node-x1000c0s0b0n0')
  })

  test('is found by a host name that looks like a MAC address', () => {
    expect(findNode(site, 'deadbeefcafe')?.key).toBe('node-x1000c0s0b0n1')
  })

  test.each(['nid:0', 'nid:', 'nid:8', 'nid:70000000000', 'x1000c0s0', 'x1000c0s0b0', '', ' ', '02:00:00:00:00:0b'])(
    'is not found by %j',
    (reference) => {
      expect(findNode(site, reference)).toBeUndefined()
    },
  )

  test('that is a BMC is refused with the nodes behind it and the right command', () => {
    const error = refusalOf(() => nodeByReference(site, 'x1000c0s0b0'))
    expect(error.code).toBe('NODE_IS_A_BMC')
    expect(error.message).toBe('x1000c0s0b0 is a BMC (NodeBMC), not a node; its nodes are x1000c0s0b0n0, x1000c0s0b0n1')
    expect(error.remedy).toContain('trivet bmc get x1000c0s0b0')
    expect(refusalOf(() => nodeByReference(site, '10.1.0.1')).code).toBe('NODE_IS_A_BMC')
    expect(refusalOf(() => nodeByReference(site, 'x1000c7s0b0')).message).toContain('no nodes are known behind it')
  })

  test('whose xname cannot be is refused with the segment and its range', () => {
    const error = refusalOf(() => nodeByReference(site, 'x1000c9s0b0n0'))
    expect(error.code).toBe('XNAME_INVALID')
    expect(error.message).toContain('chassis 9 is out of range 0–7')
  })

  test('that is another kind of component is refused with what it is', () => {
    expect(refusalOf(() => nodeByReference(site, 'x1000c0s0')).message).toContain('where a node is expected')
  })

  test('that is not there is refused with the nearest name, and never with an empty one', () => {
    expect(refusalOf(() => nodeByReference(site, 'x1000c0s0b0n2')).message).toContain('did you mean x1000c0s0b0n0?')
    expect(refusalOf(() => nodeByReference(site, 'logn1')).message).toContain('did you mean login1?')
    const nameless = given(allTables, node('x1000c0s0b0n0'))
    expect(refusalOf(() => nodeByReference(nameless, 'y')).message).toBe('there is no node y')
  })

  test('is found by no text that is not one of its names', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const found = findNode(site, text)
        if (found === undefined) return
        const names = ['x1000c0s0b0n0', 'x1000c0s0b0n1', 'login1', 'deadbeefcafe', 'nid:7', 'nid:70', uuid]
        expect([...names, found.key]).toContain(text.trim().toLowerCase())
      }),
    )
  })
})

describe('a BMC', () => {
  test.each([
    ['its id', 'bmc-x1000c0s1b0'],
    ['its xname', 'X1000c0s1b0'],
    ['its address', 'BMC1.example:8443'],
  ])('is found by %s', (_by, reference) => {
    expect(bmcByReference(site, reference).key).toBe('bmc-x1000c0s1b0')
  })

  test('is found by its address with the standard port spelled out', () => {
    expect(bmcByReference(site, '10.1.0.1:443').key).toBe('bmc-x1000c0s0b0')
  })

  test('that is not there is refused with the nearest name', () => {
    expect(refusalOf(() => bmcByReference(site, 'x1000c0s7b0')).message).toContain('did you mean x1000c0s')
    expect(refusalOf(() => bmcByReference(site, 'x1000c9s7b0')).code).toBe('XNAME_INVALID')
  })
})

describe('a group', () => {
  test('is found by id and by name, with and without its @', () => {
    for (const reference of ['grp-compute', 'compute', 'Compute', '@compute']) {
      expect(groupByReference(site, reference).key).toBe('grp-compute')
    }
  })

  test('that is not there is refused with the nearest name', () => {
    expect(refusalOf(() => groupByReference(site, 'compte')).message).toBe(
      'there is no group compte; did you mean compute?',
    )
  })
})

test('an interface is found by id and by MAC address; anything else is refused', () => {
  expect(interfaceByReference(site, 'if-02:00:00:00:00:0a').value.mac).toBe('02:00:00:00:00:0a')
  expect(interfaceByReference(site, '0200.0000.000a').value.nodeId).toBe('node-x1000c0s0b0n0')
  expect(refusalOf(() => interfaceByReference(site, '02:00:00:00:00:ff')).code).toBe('INTERFACE_NOT_FOUND')
  expect(refusalOf(() => interfaceByReference(site, 'eth0')).code).toBe('MAC_INVALID')
})
