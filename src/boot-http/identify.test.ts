import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allTables } from '../services/testing/all-tables.ts'
import { node } from '../services/testing/fixtures.ts'
import { given } from '../state/testing/given.ts'
import { askAgain, identify } from './identify.ts'

const uuid = '4c4c4544-0042-3510-8052-b4c04f564332'
const state = given(
  allTables,
  node('x1000c0s0b0n0', { macs: ['02:00:00:00:00:01', '02:00:00:00:00:02'], nid: 7, hostname: 'nid000007', uuid }),
  node('x1000c0s1b0n0', { macs: ['02:00:00:00:01:01'], hostname: '020000000001' }),
)
const first = { kind: 'node', nodeId: 'node-x1000c0s0b0n0' }

test.for([
  [{ mac: '02:00:00:00:00:01' }],
  [{ mac: '02-00-00-00-00-02' }],
  [{ mac: '02%3A00%3A00%3A00%3A00%3A01' }],
  [{ mac: '0200.0000.0001' }],
  [{ uuid: uuid.toUpperCase() }],
  [{ xname: 'X1000C0S0B0N0' }],
  [{ nid: '0007' }],
  [{ host: 'nid000007' }],
  [{ node: 'node-x1000c0s0b0n0' }],
  [{ mac: ['02:00:00:00:00:02', '02:00:00:00:00:01'], uuid }],
] as const)('a machine is known by what it says of itself: %o', ([query]) => {
  expect(identify(state, query)).toEqual(first)
})

test('a name that nobody has is passed over, as long as another one is known', () => {
  expect(identify(state, { mac: ['02:00:00:00:00:99', 'junk', '02:00:00:00:00:01'], uuid: 'junk' })).toEqual(first)
  expect(identify(state, { mac: '02:00:00:00:00:99' })).toEqual({ kind: 'unknown' })
})

test('names of two nodes are of neither', () => {
  const nodeIds = ['node-x1000c0s1b0n0', 'node-x1000c0s0b0n0']
  expect(identify(state, { mac: '02:00:00:00:01:01', uuid })).toEqual({ kind: 'ambiguous', nodeIds })
})

test("a MAC address is nobody's host name, and the UUID of firmware that has none is nobody's", () => {
  expect(identify(state, { mac: '02:00:00:00:00:01' })).toEqual(first)
  const nameless = given(allTables, node('x1000c0s0b0n0', { uuid: '00000000-0000-0000-0000-000000000000' }))
  expect(identify(nameless, { uuid: '00000000-0000-0000-0000-000000000000' })).toEqual({ kind: 'unknown' })
})

test('whatever a query holds, it names a node or nobody, and never fails', () => {
  const value = fc.oneof(
    fc.string(),
    fc.string({ minLength: 250, maxLength: 300 }),
    fc.array(fc.string()),
    fc.anything(),
  )
  const name = fc.constantFrom('node', 'mac', 'uuid', 'xname', 'host', 'nid', 'serial')
  fc.assert(
    fc.property(fc.dictionary(name, value), (query) => {
      expect(['node', 'unknown', 'ambiguous']).toContain(identify(state, query).kind)
      expect(askAgain(query)).toMatch(/^(?:mac=\$\{mac:hexhyp\}&uuid=\$\{uuid\}|[\w.:&=-]+)$/)
    }),
  )
})

test('a machine asks again as it asked, without what a script could not repeat', () => {
  expect(askAgain({ mac: 'aa:bb', host: ['a', 'b c', '${x}'], other: 'z' })).toBe('mac=aa:bb&host=a')
  expect(askAgain({ mac: '' })).toBe('mac=${mac:hexhyp}&uuid=${uuid}')
  expect(askAgain({ host: Array.from({ length: 20 }, (_, at) => `h${at}`) }).split('&')).toHaveLength(8)
})
