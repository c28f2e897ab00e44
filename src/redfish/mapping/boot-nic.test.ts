import { expect, test } from 'vitest'
import type { BootOptionFacts, InterfaceFacts } from '../facts.ts'
import { chooseBootNic, type BootNicEvidence } from './boot-nic.ts'

const low = 'a4:bf:01:00:00:01'
const high = 'a4:bf:01:00:00:02'
const local = '02:00:00:00:00:01'

function nic(id: string, mac: string | undefined, more: Partial<InterfaceFacts> = {}): InterfaceFacts {
  return {
    id,
    mac,
    locallyAdministered: mac === local,
    speedMbps: undefined,
    link: 'unknown',
    uefiDevicePath: undefined,
    ipv4: undefined,
    ...more,
  }
}

function option(reference: string, more: Partial<BootOptionFacts>): BootOptionFacts {
  return { reference, displayName: undefined, uefiDevicePath: undefined, enabled: true, mac: undefined, ...more }
}

function choose(evidence: Partial<BootNicEvidence>) {
  return chooseBootNic({
    interfaces: [nic('1', low), nic('2', high)],
    bootOrder: [],
    bootOptions: [],
    pinned: undefined,
    observed: new Set(),
    ...evidence,
  })
}

test('nothing known but addresses: the lowest, and all are candidates', () => {
  expect(choose({})).toEqual({ mac: low, interfaceId: '1', reason: 'lowest_mac', candidates: [low, high] })
})

test('a link that is up comes before the lowest address, the lower device path first', () => {
  const up = { link: 'up' } as const
  const interfaces = [
    nic('1', low, { ...up, uefiDevicePath: 'PciRoot(0x10)' }),
    nic('2', high, { ...up, uefiDevicePath: 'PciRoot(0x2)' }),
    nic('3', 'a4:bf:01:00:00:00', up),
  ]
  expect(choose({ interfaces })).toMatchObject({ mac: high, reason: 'link_up_lowest_path' })
})

test('an address that asked for a script comes before a guess, if the node has it', () => {
  expect(choose({ observed: new Set([high]) })).toMatchObject({ mac: high, reason: 'dhcp_observed' })
  expect(choose({ observed: new Set(['a4:bf:01:00:00:99']) })).toMatchObject({ mac: low, reason: 'lowest_mac' })
})

test('ManagementEthernet comes before what was observed', () => {
  const interfaces = [nic('HPCNet0', low), nic('ManagementEthernet', high)]
  expect(choose({ interfaces, observed: new Set([low]) })).toMatchObject({ mac: high, reason: 'management_ethernet' })
})

test('the boot order comes before names; disks, disabled options and the USB link to the BMC are passed over', () => {
  const bootOptions = [
    option('Boot0001', { displayName: 'ubuntu' }),
    option('Boot0002', { mac: local, uefiDevicePath: 'PciRoot(0x5)/USB(0x4,0x0)/USB(0x0,0x0)/MAC(020000000001,0x1)' }),
    option('Boot0003', { mac: low, enabled: false }),
    option('Boot0004', { mac: high }),
    option('Boot0005', { mac: low }),
  ]
  const interfaces = [nic('ManagementEthernet', low), nic('2', high)]
  const bootOrder = ['Boot0001', 'Boot0002', 'BOOT0003', 'boot0004', 'Boot0005', 'Boot9999']
  expect(choose({ interfaces, bootOptions, bootOrder })).toEqual({
    mac: high,
    interfaceId: '2',
    reason: 'boot_order',
    candidates: [high, low],
  })
})

test('a boot option may bring a MAC that no interface has', () => {
  const evidence = { interfaces: [], bootOrder: ['Boot0001'], bootOptions: [option('Boot0001', { mac: low })] }
  expect(choose(evidence)).toEqual({ mac: low, interfaceId: undefined, reason: 'boot_order', candidates: [low] })
})

test.for([
  ['PXE Device 1: Integrated NIC 1 Port 2 Partition 1', 'NIC.Integrated.1-2-1'],
  ['PXE Device 1: Embedded NIC 1 Port 2 Partition 1', 'NIC.Embedded.1-2-1'],
  ['HTTP Device 1: NIC in Slot 5 Port 1', 'NIC.Slot.5-1'],
  ['PXE Device 2: NIC in Slot 3 Port 2 Partition 1', 'NIC.Slot.3-2-1'],
])('Dell: "%s" is the interface %s', ([displayName, id]) => {
  const interfaces = [nic('NIC.Other.1-1-1', low), nic(id!, high)]
  const bootOptions = [option('Boot0000', { displayName: displayName! })]
  expect(choose({ interfaces, bootOptions, bootOrder: ['Boot0000'] })).toMatchObject({
    interfaceId: id,
    reason: 'boot_order',
  })
})

test("an operator's word wins, and the other candidates stay visible", () => {
  const bootOptions = [option('Boot0004', { mac: high })]
  expect(choose({ bootOptions, bootOrder: ['Boot0004'], pinned: 'a4:bf:01:00:00:77' })).toEqual({
    mac: 'a4:bf:01:00:00:77',
    interfaceId: undefined,
    reason: 'operator_pin',
    candidates: ['a4:bf:01:00:00:77', high, low],
  })
})

test('a locally administered address is the last guess, the link to the BMC none', () => {
  expect(choose({ interfaces: [nic('1', local), nic('2', high)] })).toMatchObject({
    mac: high,
    candidates: [high, local],
  })
  expect(choose({ interfaces: [nic('1', local)] })).toMatchObject({ mac: local })
  expect(choose({ interfaces: [nic('ToManager', low), nic('9', undefined)] })).toBeUndefined()
})
