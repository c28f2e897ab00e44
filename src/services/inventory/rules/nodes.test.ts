import { describe, expect, test } from 'vitest'
import {
  CreateNodeRequestSchema,
  DeleteNodeRequestSchema,
  NodeRole,
  UpdateNodeRequestSchema,
} from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import { SessionState, TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bootable, group, node, session } from '../../testing/fixtures.ts'
import { asked } from '../../testing/request.ts'
import { groupMembers, interfaces, nodePowers, nodes } from '../tables.ts'
import { createNode } from './create-node.ts'
import { deleteNode } from './delete-node.ts'
import { updateNode } from './update-node.ts'

const uuid = '12345678-9abc-4def-8123-456789abcdef'
const taken = node('x1000c0s0b0n0', { nid: 1, hostname: 'login1', uuid, macs: ['02:00:00:00:00:01'] })
const creating = (state: GivenState) => asked(state, CreateNodeRequestSchema, createNode)
const updating = (state: GivenState) => asked(state, UpdateNodeRequestSchema, updateNode)
const deleting = (state: GivenState) => asked(state, DeleteNodeRequestSchema, deleteNode)

describe('creating a node', () => {
  test('keeps what is given in canonical form, and defaults for the rest', () => {
    const state = given(allTables)
    const { name } = creating(state).run({
      xname: 'X1000c0s00b0n0',
      nid: 12,
      hostname: 'Login1.Example',
      uuid: uuid.toUpperCase(),
      serialNumber: ' SN 1/2 ',
      assetTag: 'T-1',
      mac: ['02-00-00-00-00-0A', '0200.0000.000b'],
    })
    expect(state.only(nodes)).toMatchObject({
      key: name,
      value: {
        xname: 'x1000c0s0b0n0',
        nid: 12,
        hostname: 'login1.example',
        uuid,
        serialNumber: 'SN 1/2',
        assetTag: 'T-1',
        role: NodeRole.COMPUTE,
        arch: 'x86_64',
        createdMs: BigInt(state.timeMs),
      },
    })
    expect(state.rows(interfaces).map(({ value: { mac, boot, nodeId } }) => ({ mac, boot, nodeId }))).toEqual([
      { mac: '02:00:00:00:00:0a', boot: true, nodeId: name },
      { mac: '02:00:00:00:00:0b', boot: false, nodeId: name },
    ])
  })

  test('needs no more than an xname, and many nodes without NID, host name or UUID do not get in each other’s way', () => {
    const state = given(allTables)
    creating(state).run({ xname: 'x1000c0s0b0n0' })
    creating(state).run({ xname: 'x1000c0s0b0n1' })
    expect(state.size(nodes)).toBe(2)
  })

  test('with a serial number that another node has is taken: they are not unique', () => {
    const state = given(allTables, node('x1000c0s0b0n0', { serialNumber: 'SN1', assetTag: 'T-1' }))
    creating(state).run({ xname: 'x1000c0s0b0n1', serialNumber: 'SN1', assetTag: 'T-1' })
    expect(state.rows(nodes).map(({ value }) => value.serialNumber)).toEqual(['SN1', 'SN1'])
  })

  test.each([
    ['XNAME_IN_USE', { xname: 'x1000c0s0b0n0' }, 'x1000c0s0b0n0 is taken by node-x1000c0s0b0n0, since revision 1'],
    ['XNAME_WRONG_TYPE', { xname: 'x1000c0s0b0' }, 'x1000c0s0b0 is a BMC (NodeBMC) where a node is expected'],
    ['XNAME_INVALID', { xname: 'x1000c9s0b0n0' }, 'chassis 9 is out of range 0–7'],
    ['NID_NOT_POSITIVE', { xname: 'x1000c0s1b0n0', nid: 0 }, 'NIDs are positive and unique'],
    ['NID_IN_USE', { xname: 'x1000c0s1b0n0', nid: 1 }, 'NID 1 is taken by x1000c0s0b0n0, since revision 1'],
    ['HOSTNAME_INVALID', { xname: 'x1000c0s1b0n0', hostname: '-a' }, '-a is not a host name'],
    ['HOSTNAME_IN_USE', { xname: 'x1000c0s1b0n0', hostname: 'LOGIN1' }, 'taken by x1000c0s0b0n0'],
    ['UUID_INVALID', { xname: 'x1000c0s1b0n0', uuid: '12' }, '8-4-4-4-12'],
    ['UUID_IN_USE', { xname: 'x1000c0s1b0n0', uuid }, 'taken by x1000c0s0b0n0'],
    [
      'LABEL_INVALID',
      { xname: 'x1000c0s1b0n0', serialNumber: 'To be filled by O.E.M.' },
      '"To be filled by O.E.M." is the serial number of no machine: firmware says so where nobody filled in anything',
    ],
    ['LABEL_INVALID', { xname: 'x1000c0s1b0n0', assetTag: 'T\n1' }, 'a control character stands at offset 1'],
    ['MAC_INVALID', { xname: 'x1000c0s1b0n0', mac: ['02:00'] }, 'hexadecimal digits'],
    ['MAC_INVALID', { xname: 'x1000c0s1b0n0', mac: ['01:00:5e:00:00:01'] }, 'group address'],
    ['MAC_INVALID', { xname: 'x1000c0s1b0n0', mac: ['02:00:00:00:00:09', '02-00-00-00-00-09'] }, '02:00:00:00:00:09'],
    [
      'MAC_IN_USE',
      { xname: 'x1000c0s1b0n0', mac: ['02-00-00-00-00-01'] },
      'in use by x1000c0s0b0n0, interface NIC.0, since revision 1',
    ],
  ] as const)('is refused with %s, and nothing of it remains: %j', (code, request, text) => {
    const state = given(allTables, taken)
    const error = creating(state).refusal({ ...request, mac: 'mac' in request ? [...request.mac] : [] })
    expect(error.code).toBe(code)
    expect(error.message + error.remedy).toContain(text)
    expect(state.revision).toBe(1)
  })
})

describe('updating a node', () => {
  test('without a mask changes what is given and nothing else', () => {
    const state = given(allTables, taken).advance(5_000)
    updating(state).run({ node: 'login1', hostname: 'login2', role: NodeRole.APPLICATION })
    expect(state.only(nodes).value).toMatchObject({
      hostname: 'login2',
      role: NodeRole.APPLICATION,
      nid: 1,
      uuid,
      lastUpdatedMs: BigInt(state.timeMs),
    })
  })

  test('clears what the mask names and the request does not give', () => {
    const state = given(allTables, taken)
    const paths = ['nid', 'hostname', 'role', 'arch']
    updating(state).run({ node: 'login1', updateMask: { paths } })
    expect(state.only(nodes).value).toMatchObject({ nid: 0, hostname: '', role: NodeRole.COMPUTE, arch: 'x86_64' })
    creating(state).run({ xname: 'x1000c0s1b0n0', nid: 1, hostname: 'login1' })
  })

  test('may give a node what it has already', () => {
    const state = given(allTables, taken)
    updating(state).run({ node: 'login1', xname: 'x1000c0s0b0n0', nid: 1, hostname: 'login1' })
    expect(state.only(nodes).value.nid).toBe(1)
  })

  test('that changes nothing writes nothing', () => {
    const state = given(allTables, taken)
    expect(updating(state).run({ node: 'login1' })).toMatchObject({ name: 'node-x1000c0s0b0n0', etag: 'given-1' })
    expect(state.only(nodes).revision).toBe(1)
  })

  test.each([
    ['NODE_NOT_FOUND', { node: 'x1000c0s5b0n0', hostname: 'a' }],
    ['ETAG_MISMATCH', { node: 'login1', etag: 'given-7', hostname: 'a' }],
    ['INVALID_REQUEST', { node: 'login1', updateMask: { paths: ['uuid'] } }],
    ['XNAME_INVALID', { node: 'login1', updateMask: { paths: ['xname'] } }],
    ['NID_NOT_POSITIVE', { node: 'login1', nid: 0 }],
    ['NID_IN_USE', { node: 'login1', nid: 2 }],
    ['XNAME_IN_USE', { node: 'login1', xname: 'x1000c0s1b0n0' }],
    ['HOSTNAME_IN_USE', { node: 'login1', hostname: 'login2' }],
  ])('is refused with %s, and nothing of it remains: %j', (code, request) => {
    const state = given(allTables, taken, node('x1000c0s1b0n0', { nid: 2, hostname: 'login2' }))
    expect(updating(state).refusal(request).code).toBe(code)
    expect(state.revision).toBe(1)
  })

  test('with the etag that was read is taken once', () => {
    const state = given(allTables, taken)
    const etag = state.etag(state.only(nodes))
    updating(state).run({ node: 'login1', etag, nid: 5 })
    const error = updating(state).refusal({ node: 'login1', etag, nid: 6 })
    expect(error.message).toBe(
      'node x1000c0s0b0n0 has changed since you read it: you hold etag given-1, it has given-2',
    )
  })
})

describe('deleting a node', () => {
  const parts = [
    put(nodePowers, { nodeId: 'node-x1000c0s0b0n0' }),
    put(nodeBindings, { nodeId: 'node-x1000c0s0b0n0' }),
    put(nodeBoots, { nodeId: 'node-x1000c0s0b0n0' }),
  ]

  test('takes everything that belongs to it along, and frees its names', () => {
    const state = given(allTables, taken, group('compute', ['x1000c0s0b0n0']), parts)
    deleting(state).run({ node: 'login1' })
    for (const table of [nodes, interfaces, groupMembers, nodePowers, nodeBindings, nodeBoots]) {
      expect(state.state.size(table.name)).toBe(0)
    }
    creating(state).run({ xname: 'x1000c0s0b0n0', nid: 1, hostname: 'login1', uuid, mac: ['02:00:00:00:00:01'] })
    expect(state.size(groupMembers)).toBe(0)
  })

  test('is refused while an open session targets it, and the error names the session', () => {
    const targeted = given(allTables, taken, bootable, session('1', { on: ['x1000c0s0b0n0'] }))
    const error = deleting(targeted).refusal({ node: 'login1' })
    expect(error.code).toBe('NODE_IN_USE')
    expect(error.message).toContain('ses-1')
  })

  test('is possible once the session has ended', () => {
    const row = { sessionState: SessionState.COMPLETED }
    const steps = { x1000c0s0b0n0: { step: TargetStep.SUCCEEDED } }
    const state = given(allTables, taken, bootable, session('1', { on: ['x1000c0s0b0n0'], row, steps }))
    deleting(state).run({ node: 'login1' })
    expect(state.size(nodes)).toBe(0)
  })

  test('is refused with the etag of an older version', () => {
    const state = given(allTables, taken)
    expect(deleting(state).refusal({ node: 'login1', etag: 'given-0' }).code).toBe('ETAG_MISMATCH')
    expect(deleting(state).refusal({ node: 'nobody' }).code).toBe('NODE_NOT_FOUND')
  })
})
