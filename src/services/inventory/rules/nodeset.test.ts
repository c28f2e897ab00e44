import fc from 'fast-check'
import { expect, test } from 'vitest'
import { given } from '../../../state/testing/given.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, group, node } from '../../testing/fixtures.ts'
import { refusalOf } from '../../testing/request.ts'
import { bmcsOf, foldNodes, membersOf, nodesOf } from './nodeset.ts'

const xnames = [0, 1, 2, 10].flatMap((slot) => [`x1000c0s${slot}b0n0`, `x1000c0s${slot}b0n1`])
const site = given(
  allTables,
  [0, 1, 2, 10].map((slot) => bmc(`x1000c0s${slot}b0`)),
  xnames.map((xname, index) => node(xname, { nid: index + 1, hostname: `n${index + 1}` })),
  group('compute', xnames.slice(0, 4)),
  group('empty'),
)
const names = (nodeset: string) => nodesOf(site, nodeset).map(({ value }) => value.xname)

test('a nodeset means each node once, in the order of the xnames, by whatever name', () => {
  expect(names('x1000c0s[10,1]b0n0,n7,nid:3,@compute')).toEqual([
    'x1000c0s0b0n0',
    'x1000c0s0b0n1',
    'x1000c0s1b0n0',
    'x1000c0s1b0n1',
    'x1000c0s10b0n0',
  ])
  expect(names('@*')).toHaveLength(8)
})

test('a node is the same node under each of its names, also where it is left out', () => {
  for (const name of ['n1', 'nid:1', 'X1000c0s0b0n0', 'node-x1000c0s0b0n0']) {
    expect(names(`@compute!${name}`)).toEqual(['x1000c0s0b0n1', 'x1000c0s1b0n0', 'x1000c0s1b0n1'])
    expect(names(`@compute&${name}`)).toEqual(['x1000c0s0b0n0'])
  }
})

test('leaving out a node that nobody knows is refused: it was meant to protect another one', () => {
  expect(refusalOf(() => names('@compute!n11')).message).toContain('there is no node n11')
  // Unless the hole was in what was named before.
  expect(names('x1000c0s[0-3]b0n0!x1000c0s3b0n0')).toHaveLength(3)
})

test('a group without members is an empty set, and a group that is not there is none at all', () => {
  expect(names('@empty')).toEqual([])
  const error = refusalOf(() => names('@compte'))
  expect(error.message).toBe('there is no group @compte; did you mean @compute?')
})

test('one missing node is refused like a reference to it; several are counted and folded', () => {
  expect(refusalOf(() => names('n1,x1000c9s0b0n0')).code).toBe('XNAME_INVALID')
  expect(refusalOf(() => names('n1,x1000c0s0b0')).code).toBe('NODE_IS_A_BMC')
  expect(refusalOf(() => names('x1000c0s[0-3]b0n0,x1000c0s4b0n0')).message).toBe(
    'there are no nodes x1000c0s[3-4]b0n0 (2 of those named)',
  )
})

test('an error about thousands of nodes stays short', () => {
  const error = refusalOf(() => names('a[1-1000]b,c[1-999]d[1-9],e7f'))
  expect(error.code).toBe('NODES_NOT_FOUND')
  expect(error.message.length).toBeLessThan(700)
})

test.each([
  ['n[9-010]', 'NODESET_INVALID', 'padding'],
  ['n[1-10000000]', 'NODESET_TOO_LARGE', 'nothing was expanded'],
])('%s is refused with %s', (nodeset, code, text) => {
  const error = refusalOf(() => names(nodeset))
  expect(error.code).toBe(code)
  expect(error.message).toContain(text)
})

test('folding nodes and reading the nodeset back gives the same nodes', () => {
  fc.assert(
    fc.property(fc.subarray(xnames, { minLength: 1 }), (chosen) => {
      const found = nodesOf(site, chosen.join(','))
      expect(names(foldNodes(found))).toEqual(found.map(({ value }) => value.xname))
    }),
  )
})

test('members and BMCs stand in the order of their xnames, 10 behind 2', () => {
  expect(membersOf(site, 'grp-compute').map(({ value }) => value.xname)).toEqual(xnames.slice(0, 4))
  expect(bmcsOf(site, 'x1000c0s[10,2]b0').map(({ value }) => value.xname)).toEqual(['x1000c0s2b0', 'x1000c0s10b0'])
  expect(refusalOf(() => bmcsOf(site, 'x1000c0s[0-3]b0')).code).toBe('BMC_NOT_FOUND')
})
