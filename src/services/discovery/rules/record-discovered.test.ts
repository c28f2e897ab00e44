import { describe, expect, test } from 'vitest'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryState } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { NodeRole, PowerState } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { Exploration, SystemFacts } from '../../../redfish/facts.ts'
import type { Fixture, GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { bmcFacts, bmcs, interfaces, nodePowers, nodes } from '../../inventory/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, node } from '../../testing/fixtures.ts'
import { refusalOf } from '../../testing/request.ts'
import { discoveries, discoveryTargets } from '../tables.ts'
import { pinnedMacs } from './pinned-macs.ts'
import { recordDiscovered } from './record-discovered.ts'
import { recordFailed } from './record-failed.ts'

const uuid = '12345678-9abc-4def-8123-456789abcdef'
const bmcId = 'bmc-x1000c0s0b0'
const run = [
  put(discoveries, { id: 'disc-1', runState: RunState.RUNNING }),
  put(discoveryTargets, { discoveryId: 'disc-1', bmcId, xname: 'x1000c0s0b0', runState: RunState.PENDING }),
]
const site: Fixture = [bmc('x1000c0s0b0', { address: '10.1.0.1' }), run]

function system(
  ordinal: number | undefined,
  more: Partial<SystemFacts> & { readonly macs?: readonly string[] } = {},
): SystemFacts {
  const { macs = [`02:00:00:00:00:0${ordinal}`], ...facts } = more
  const path = `/redfish/v1/Systems/Node${ordinal ?? 'HGX'}`
  const [bootMac] = macs
  return {
    path,
    id: `Node${ordinal}`,
    nodeOrdinal: ordinal,
    systemType: 'Physical',
    manufacturer: 'HPE',
    model: 'EX425',
    serialNumber: undefined,
    assetTag: undefined,
    uuid: undefined,
    biosVersion: undefined,
    powerState: 'off',
    reset: { target: `${path}/Actions/ComputerSystem.Reset`, types: ['On', 'ForceOff'] },
    processorCount: 2,
    processorModel: undefined,
    memoryGiB: 256,
    inventoryIncomplete: false,
    interfaces: macs.map((mac, at) => ({
      id: `ME${at}`,
      mac,
      locallyAdministered: false,
      speedMbps: undefined,
      link: 'unknown',
      uefiDevicePath: undefined,
      ipv4: undefined,
    })),
    bootOrder: [],
    bootOptions: [],
    bootNic:
      bootMac === undefined ? undefined : { mac: bootMac, interfaceId: 'ME0', reason: 'boot_order', candidates: macs },
    ...facts,
  }
}

function found(...systems: readonly SystemFacts[]): Exploration {
  return {
    service: { redfishVersion: '1.2.0', vendor: undefined, product: undefined, uuid: undefined },
    managers: [],
    bmc: undefined,
    systems,
    spkiSha256: 'AAAA',
    gaps: [],
    requests: 9,
  }
}

const record = (state: GivenState, exploration: Exploration, address = '10.1.0.1') =>
  state.run(recordDiscovered, { discoveryId: 'disc-1', bmcId, address, exploration, profile: 'cray-ex' })

const target = (state: GivenState) => state.only(discoveryTargets).value

describe('what a BMC says', () => {
  test('becomes its facts, its nodes, their power and their interfaces', () => {
    const state = given(allTables, site)
    record(
      state,
      found(system(0, { uuid, macs: ['02:00:00:00:00:0b', '02:00:00:00:00:0a'] }), system(1, { powerState: 'on' })),
    )
    expect(target(state)).toMatchObject({ runState: RunState.COMPLETED, nodes: 'x1000c0s0b0n[0-1]' })
    expect(state.only(bmcFacts).value).toMatchObject({
      vendor: 'HPE',
      redfishVersion: '1.2.0',
      tlsPin: 'AAAA',
      profile: 'cray-ex',
      discoveryState: DiscoveryState.DISCOVERED,
    })
    const rows = state.rows(nodes).map(({ value }) => value)
    expect(rows).toMatchObject([
      { xname: 'x1000c0s0b0n0', uuid, bmcId, role: NodeRole.COMPUTE, arch: 'x86_64', resetTypes: ['On', 'ForceOff'] },
      { xname: 'x1000c0s0b0n1', uuid: '', redfishPath: '/redfish/v1/Systems/Node1' },
    ])
    expect(state.get(nodePowers, rows[1]!.id)!.value.powerState).toBe(PowerState.ON)
    expect(
      state
        .bucket(interfaces, 'node', rows[0]!.id)
        .map(({ value: { mac, boot, bootReason, name } }) => [mac, boot, bootReason, name]),
    ).toEqual([
      ['02:00:00:00:00:0b', true, 'boot order', 'ME0'],
      ['02:00:00:00:00:0a', false, '', 'ME1'],
    ])
  })

  test('says which machine it is: serial number and asset tag, which nodes may share and no silence takes away', () => {
    const state = given(allTables, site)
    const labels = () => state.rows(nodes).map(({ value: { serialNumber, assetTag } }) => [serialNumber, assetTag])
    record(state, found(system(0, { serialNumber: 'SN1', assetTag: 'T-1' }), system(1, { serialNumber: 'SN1' })))
    expect(labels()).toEqual([
      ['SN1', 'T-1'],
      ['SN1', ''],
    ])
    state.run(() => run, undefined)
    record(state, found(system(0, { serialNumber: 'SN2' }), system(1)))
    expect(labels()).toEqual([
      ['SN2', 'T-1'],
      ['SN1', ''],
    ])
  })

  test('again changes no node and no interface, so that no script changes for nothing', () => {
    const state = given(allTables, site)
    record(state, found(system(0, { uuid })))
    const before = [...state.rows(nodes), ...state.rows(interfaces)].map(({ key, revision }) => [key, revision])
    state.run(() => run, undefined)
    record(state.advance(60_000), found(system(0, { uuid, powerState: 'on' })))
    expect([...state.rows(nodes), ...state.rows(interfaces)].map(({ key, revision }) => [key, revision])).toEqual(
      before,
    )
    expect(state.only(nodePowers).value.powerState).toBe(PowerState.ON)
  })

  test('in another order makes no other nodes', () => {
    const state = given(allTables, site)
    record(state, found(system(0), system(1)))
    const ids = state.rows(nodes).map(({ key }) => key)
    state.run(() => run, undefined)
    record(state, found(system(1), system(0)))
    expect(state.rows(nodes).map(({ key }) => key)).toEqual(ids)
  })

  test('about systems that are no nodes makes none', () => {
    const state = given(allTables, site)
    record(state, found(system(undefined), system(3)))
    expect(state.only(nodes).value.xname).toBe('x1000c0s0b0n3')
  })

  test('from an address that is not its own any more is not taken over, and it is asked again', () => {
    const state = given(allTables, site)
    record(state, found(system(0)), '10.1.0.99')
    expect(state.size(nodes)).toBe(0)
    expect(state.size(bmcFacts)).toBe(0)
    expect(target(state).runState).toBe(RunState.PENDING)
  })

  test('to a run that has ended, or of a BMC that is gone, changes nothing', () => {
    const ended = given(allTables, bmc('x1000c0s0b0', { address: '10.1.0.1' }), run)
    ended.run(() => [put(discoveries, { id: 'disc-1', runState: RunState.CANCELLED })], undefined)
    record(ended, found(system(0)))
    expect(ended.size(nodes)).toBe(0)
    const gone = given(allTables, run)
    record(gone, found(system(0)))
    expect(gone.size(nodes)).toBe(0)
  })
})

describe('what people configured', () => {
  test('stays: name, NID, role, and the xname that they gave', () => {
    const state = given(allTables, site)
    record(state, found(system(0)))
    const row = state.only(nodes).value
    const named = { ...row, xname: 'x1000c0s0b0n7', nid: 7, hostname: 'login1', role: NodeRole.APPLICATION }
    state.run(() => [put(nodes, named), ...run], undefined)
    record(state, found(system(0, { uuid })))
    expect(state.only(nodes).value).toMatchObject({ ...named, uuid })
  })

  test('by hand before the discovery becomes the node that is found, with its boot interface', () => {
    const state = given(allTables, site, node('x1000c0s0b0n0', { nid: 3, uuid }))
    const mac = '02:00:00:00:00:77'
    state.run(
      () => [put(interfaces, { id: 'if-1', mac, nodeId: 'node-x1000c0s0b0n0', boot: true, bootReason: 'given first' })],
      undefined,
    )
    const [stored] = state.rows(bmcs)
    expect(pinnedMacs(state, stored!)).toEqual(new Map([[0, mac]]))
    const pinned = { mac, interfaceId: undefined, reason: 'operator_pin', candidates: [mac] } as const
    record(state, found(system(0, { bootNic: pinned })))
    expect(state.only(nodes)).toMatchObject({ key: 'node-x1000c0s0b0n0', value: { nid: 3, bmcId, uuid } })
    const boots = state.rows(interfaces).filter(({ value }) => value.boot)
    expect(boots.map(({ value }) => value.mac)).toEqual([mac])
    // And it stays pinned in the next discovery.
    expect(pinnedMacs(state, stored!)).toEqual(new Map([[0, mac]]))
  })
})

describe('hardware that is not as it should be', () => {
  test('boards with one UUID: it stays with the first, and the discovery goes on', () => {
    const state = given(allTables, site)
    record(state, found(system(0, { uuid }), system(1, { uuid })))
    expect(state.rows(nodes).map(({ value }) => value.uuid)).toEqual([uuid, ''])
  })

  test('a UUID that a node elsewhere has', () => {
    const state = given(allTables, site, node('x1000c7s0b0n0', { uuid }))
    record(state, found(system(0, { uuid })))
    expect(state.rows(nodes).filter(({ value }) => value.uuid === uuid)).toHaveLength(1)
  })

  test('a MAC address on two interfaces, on two nodes, or of a node elsewhere, is in one node', () => {
    const taken = '02:00:00:00:00:99'
    const state = given(allTables, site, node('x1000c7s0b0n0', { macs: [taken] }))
    const macs = ['02:00:00:00:00:01', '02:00:00:00:00:01', taken]
    record(state, found(system(0, { macs }), system(1, { macs })))
    expect(
      state
        .rows(interfaces)
        .map(({ value }) => value.mac)
        .sort(),
    ).toEqual(['02:00:00:00:00:01', taken])
  })

  test('a card that was replaced takes its old address away; one that cannot be seen while the node is off does not', () => {
    const state = given(allTables, site)
    record(state, found(system(0, { macs: ['02:00:00:00:00:01', '02:00:00:00:00:02'] })))
    state.run(() => run, undefined)
    record(state, found(system(0, { macs: ['02:00:00:00:00:01', '02:00:00:00:00:03'] })))
    expect(state.rows(interfaces).map(({ value }) => value.mac)).toEqual(['02:00:00:00:00:01', '02:00:00:00:00:03'])
    state.run(() => run, undefined)
    record(state, found(system(0, { macs: [] })))
    expect(state.size(interfaces)).toBe(2)
  })

  test('a path that changed with the firmware is the same node', () => {
    const state = given(allTables, site)
    record(state, found(system(0)))
    const { key } = state.only(nodes)
    state.run(() => run, undefined)
    record(state, found({ ...system(0), path: '/redfish/v1/Systems/Self' }))
    expect(state.only(nodes)).toMatchObject({ key, value: { redfishPath: '/redfish/v1/Systems/Self' } })
  })

  test('a name that another system goes by is refused with the holder, and takes no node away from it', () => {
    const state = given(allTables, site)
    record(state, found(system(0)))
    const { value } = state.only(nodes)
    state.run(() => [put(nodes, { ...value, xname: 'x1000c0s0b0n1' }), ...run], undefined)
    const error = refusalOf(() => record(state, found(system(0), system(1))))
    expect(error.code).toBe('XNAME_IN_USE')
    expect(error.message).toContain(`x1000c0s0b0n1 is taken by ${value.id}`)
    const other = given(
      allTables,
      site,
      bmc('x1000c7s0b0'),
      node('x1000c0s0b0n0', { bmcId: 'bmc-x1000c7s0b0', redfishPath: '/1' }),
    )
    expect(refusalOf(() => record(other, found(system(0)))).code).toBe('XNAME_IN_USE')
  })
})

describe('a BMC that cannot be discovered', () => {
  const fail = (state: GivenState, error: string) => state.run(recordFailed, { discoveryId: 'disc-1', bmcId, error })

  test('keeps why, and what was known of it', () => {
    const state = given(allTables, site)
    record(state, found(system(0)))
    state.run(() => run, undefined)
    fail(state, `401 ${'x'.repeat(900)}`)
    expect(target(state)).toMatchObject({ runState: RunState.FAILED })
    expect(target(state).lastError).toHaveLength(500)
    expect(state.only(bmcFacts).value).toMatchObject({
      discoveryState: DiscoveryState.FAILED,
      profile: 'cray-ex',
      tlsPin: 'AAAA',
    })
    expect(state.size(nodes)).toBe(1)
  })

  test('and is gone by now has failed, too', () => {
    const state = given(allTables, run)
    fail(state, 'gone')
    expect(target(state).runState).toBe(RunState.FAILED)
    expect(state.size(bmcFacts)).toBe(0)
    expect(state.evaluate(recordFailed, { discoveryId: 'disc-9', bmcId, error: '' })).toEqual([])
  })
})
