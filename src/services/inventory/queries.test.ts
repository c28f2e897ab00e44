import { create } from '@bufbuild/protobuf'
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { GetBmcRequestSchema, ListBmcsRequestSchema } from '../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { ListCredentialsRequestSchema } from '../../gen/trivet/inventory/v1/credentials_pb.ts'
import { GetGroupRequestSchema, ListGroupsRequestSchema } from '../../gen/trivet/inventory/v1/groups_pb.ts'
import { GetInterfaceRequestSchema, ListInterfacesRequestSchema } from '../../gen/trivet/inventory/v1/interfaces_pb.ts'
import { GetNodeRequestSchema, ListNodesRequestSchema, PowerState } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { SessionState } from '../../gen/trivet/session/v1/session_pb.ts'
import type { Reader } from '../../state/read.ts'
import { given } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import { nodeBindings, nodeBoots } from '../boot/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import { bmc, bootable, group, node, session } from '../testing/fixtures.ts'
import { refusalOf } from '../testing/request.ts'
import * as queries from './queries.ts'
import { bmcFacts, credentials, nodePowers } from './tables.ts'

const nodeId = 'node-x1000c0s0b0n0'
const macs = ['02:00:00:00:00:09', '02:00:00:00:00:01', '02:00:00:00:00:02']
const observedMs = 1_800_000_000_000n

const site = given(
  allTables,
  bmc('x1000c0s0b0', { profile: 'ilo' }),
  bmc('x1000c0s10b0'),
  bmc('x1000c0s2b0'),
  node('x1000c0s0b0n0', { path: '/1', nid: 1, hostname: 'login1', serialNumber: 'SN1', assetTag: 'T-1', macs }),
  node('x1000c0s0b0n1', { path: '/2' }),
  node('x1000c0s10b0n0'),
  node('x1000c0s2b0n0'),
  group('compute', ['x1000c0s0b0n0', 'x1000c0s0b0n1', 'x1000c0s2b0n0']),
  group('all', ['x1000c0s0b0n0']),
  bootable,
  session('1', { on: ['x1000c0s0b0n0'], group: 'compute', row: { sessionState: SessionState.COMPLETED } }),
  session('2', { on: ['x1000c0s2b0n0'], group: 'compute' }),
  put(nodePowers, { nodeId, powerState: PowerState.ON, observedMs }),
  put(nodeBindings, { nodeId, sessionId: 'ses-2', templateId: 'tpl-compute', templateRevision: 2, attempt: 1 }),
  put(nodeBoots, {
    nodeId,
    templateId: 'tpl-gone',
    templateRevision: 7,
    sessionId: 'ses-1',
    attempt: 3,
    reportedMs: observedMs,
  }),
  ['x1000c0s[0-1]b0', '*', 'x1000c0s7b0'].map((pattern, at) =>
    put(credentials, { id: `cred-${at}`, pattern, username: 'root' }),
  ),
)

/** Asks a query with a request written as a literal. */
function ask<Desc extends DescMessage, Answer>(
  query: (read: Reader, request: MessageShape<Desc>) => Answer,
  schema: Desc,
  request: MessageInitShape<Desc>,
): Answer {
  return query(site, create(schema, request))
}

test('a node shows who it is, where it belongs, what it last booted and what it would boot now', () => {
  const { node: shown } = ask(queries.getNode, GetNodeRequestSchema, { node: 'login1' })
  expect(shown).toMatchObject({
    id: nodeId,
    xname: 'x1000c0s0b0n0',
    serialNumber: 'SN1',
    assetTag: 'T-1',
    groupNames: ['all', 'compute'],
    // The boot interface first, then in order.
    macs,
    powerState: PowerState.ON,
    // A template that is gone shows by its id.
    booted: { template: 'tpl-gone@7', sessionId: 'ses-1', attempt: 3 },
    nextBoot: { template: 'compute@2', sessionId: 'ses-2', attempt: 1 },
  })
})

test('a node that was never observed and never booted says nothing of it', () => {
  const { node: shown } = ask(queries.getNode, GetNodeRequestSchema, { node: 'x1000c0s2b0n0' })
  expect(shown).toMatchObject({ powerState: PowerState.UNSPECIFIED, powerObserved: undefined, macs: [] })
  // Zero is no NID, and nobody is to take it for one.
  expect(shown).not.toHaveProperty('nid')
  expect(shown).not.toHaveProperty('booted')
  expect(shown).not.toHaveProperty('nextBoot')
})

test('lists stand in the order of the names, with numbers as numbers', () => {
  const nodes = ask(queries.listNodes, ListNodesRequestSchema, {})
  expect(nodes.nodes.map(({ xname }) => xname)).toEqual([
    'x1000c0s0b0n0',
    'x1000c0s0b0n1',
    'x1000c0s2b0n0',
    'x1000c0s10b0n0',
  ])
  expect(nodes.revision).toBe(BigInt(site.revision))
  const bmcs = ask(queries.listBmcs, ListBmcsRequestSchema, {})
  expect(bmcs.bmcs.map(({ xname }) => xname)).toEqual(['x1000c0s0b0', 'x1000c0s2b0', 'x1000c0s10b0'])
  const groups = ask(queries.listGroups, ListGroupsRequestSchema, {})
  expect(groups.groups.map(({ name }) => name)).toEqual(['all', 'compute'])
  const interfaces = ask(queries.listInterfaces, ListInterfacesRequestSchema, {})
  expect(interfaces.interfaces.map(({ mac }) => mac)).toEqual([...macs].sort())
  const shown = ask(queries.listCredentials, ListCredentialsRequestSchema, {})
  expect(shown.credentials.map(({ pattern }) => pattern)).toEqual(['*', 'x1000c0s7b0', 'x1000c0s[0-1]b0'])
  for (const credential of shown.credentials) expect(credential).not.toHaveProperty('password')
})

test('a list can be narrowed to nodes, and goes on page by page', () => {
  const first = ask(queries.listNodes, ListNodesRequestSchema, { nodes: '@compute', pageSize: 2 })
  expect(first.nodes).toHaveLength(2)
  const second = ask(queries.listNodes, ListNodesRequestSchema, {
    nodes: '@compute',
    pageSize: 2,
    pageToken: first.nextPageToken,
  })
  expect(second.nodes.map(({ xname }) => xname)).toEqual(['x1000c0s2b0n0'])
  expect(second.nextPageToken).toBe('')
  const interfaces = ask(queries.listInterfaces, ListInterfacesRequestSchema, { nodes: 'login1' })
  expect(interfaces.interfaces).toHaveLength(3)
})

test('credentials with the longest patterns are paged, too: a token fits its field', () => {
  const patterns = Array.from({ length: 5 }, (_, at) => `${'x1000c0s0b0,'.repeat(300)}x${at}c0s0b0`)
  const many = given(
    allTables,
    patterns.map((pattern, at) => put(credentials, { id: `cred-${at}`, pattern })),
  )
  const seen: string[] = []
  let pageToken = ''
  do {
    const page = queries.listCredentials(many, create(ListCredentialsRequestSchema, { pageSize: 1, pageToken }))
    seen.push(...page.credentials.map(({ id }) => id ?? ''))
    pageToken = page.nextPageToken
    expect(pageToken.length).toBeLessThanOrEqual(500)
  } while (pageToken !== '')
  expect(seen).toEqual(['cred-0', 'cred-1', 'cred-2', 'cred-3', 'cred-4'])
})

test('a group shows its members, folded, and its last session', () => {
  const { group: shown } = ask(queries.getGroup, GetGroupRequestSchema, { group: 'compute' })
  expect(shown).toMatchObject({ memberCount: 3, nodes: 'x1000c0s0b0n[0-1],x1000c0s2b0n0', lastSessionId: 'ses-2' })
  expect(ask(queries.getGroup, GetGroupRequestSchema, { group: 'all' }).group.lastSessionId).toBe('')
})

test('a BMC shows what is known of it, and nothing where nothing is known', () => {
  const { bmc: shown } = ask(queries.getBmc, GetBmcRequestSchema, { bmc: 'x1000c0s0b0' })
  expect(shown).toMatchObject({ xname: 'x1000c0s0b0', nodes: 'x1000c0s0b0n[0-1]', lastDiscovered: undefined })
  expect(ask(queries.getBmc, GetBmcRequestSchema, { bmc: 'x1000c0s2b0' }).bmc).toMatchObject({
    vendor: '',
    nodes: '',
  })
  expect(site.size(bmcFacts)).toBe(1)
})

test('an interface shows the node that it is in', () => {
  const { interface: shown } = ask(queries.getInterface, GetInterfaceRequestSchema, { interface: macs[0]! })
  expect(shown).toMatchObject({ nodeXname: 'x1000c0s0b0n0', boot: true, name: 'NIC.0' })
})

test('what is not there is refused', () => {
  expect(refusalOf(() => ask(queries.getNode, GetNodeRequestSchema, { node: 'x1000c0s0b0' })).code).toBe(
    'NODE_IS_A_BMC',
  )
  expect(refusalOf(() => ask(queries.getGroup, GetGroupRequestSchema, { group: 'compte' })).code).toBe(
    'GROUP_NOT_FOUND',
  )
  expect(refusalOf(() => ask(queries.listNodes, ListNodesRequestSchema, { nodes: '@compte' })).code).toBe(
    'GROUP_NOT_FOUND',
  )
})
