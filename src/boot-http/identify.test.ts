import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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

describe('a serial number or an asset tag', () => {
  const blade = given(
    allTables,
    node('x1000c0s0b0n0', { macs: ['02:00:00:00:00:01'], uuid, serialNumber: 'HA 19340017', assetTag: 'T-1' }),
    // The nodes of a blade have one serial number, and another vendor may have given it, too.
    node('x1000c0s0b0n1', { macs: ['02:00:00:00:00:02'], serialNumber: 'HA 19340017', assetTag: 'T-2' }),
    node('x1000c0s1b0n0', { macs: ['02:00:00:00:01:01'], serialNumber: 'SN2' }),
    // Rows may hold what an older peer took for a name.
    node('x1000c0s2b0n0', { serialNumber: 'Default string', assetTag: '0' }),
    node('x1000c0s3b0n0', { macs: ['02:00:00:00:03:01'] }),
  )
  const known = (xname: string) => ({ kind: 'node', nodeId: `node-${xname}` })
  const unclear = (...xnames: string[]) => ({ kind: 'ambiguous', nodeIds: xnames.map((xname) => `node-${xname}`) })

  test.for([
    [{ serial: 'SN2' }, known('x1000c0s1b0n0')],
    [{ serial: '  SN2 ' }, known('x1000c0s1b0n0')],
    [{ asset: 'T-2' }, known('x1000c0s0b0n1')],
    [{ mac: '02:00:00:00:00:99', uuid: 'junk', serial: 'SN2' }, known('x1000c0s1b0n0')],
    [{ serial: ['SN2', 'nobody'], asset: 'nobody' }, known('x1000c0s1b0n0')],
    [{ serial: 'sn2' }, { kind: 'unknown' }],
    [{ serial: 'SN' }, { kind: 'unknown' }],
    [{ asset: 'SN2', serial: 'T-1' }, { kind: 'unknown' }],
  ] as const)('identifies the one node that has it, letter for letter: %o', ([query, identity]) => {
    expect(identify(blade, query)).toEqual(identity)
  })

  test.for([
    [{ serial: 'HA 19340017' }, unclear('x1000c0s0b0n0', 'x1000c0s0b0n1')],
    [{ serial: 'HA 19340017', asset: 'T-2' }, known('x1000c0s0b0n1')],
    [{ mac: '02:00:00:00:00:02', serial: 'HA 19340017' }, known('x1000c0s0b0n1')],
    [{ uuid, serial: 'HA 19340017', asset: 'T-1' }, known('x1000c0s0b0n0')],
  ] as const)('that several nodes have is of the one that the other names mean: %o', ([query, identity]) => {
    expect(identify(blade, query)).toEqual(identity)
  })

  test.for([
    [{ mac: '02:00:00:00:00:01', serial: 'SN2' }, unclear('x1000c0s0b0n0', 'x1000c0s1b0n0')],
    [{ mac: '02:00:00:00:00:01', asset: 'T-2' }, unclear('x1000c0s0b0n0', 'x1000c0s0b0n1')],
    [{ mac: '02:00:00:00:03:01', serial: 'SN2' }, unclear('x1000c0s3b0n0', 'x1000c0s1b0n0')],
    [{ serial: 'SN2', asset: 'T-1' }, unclear('x1000c0s1b0n0', 'x1000c0s0b0n0')],
    [{ serial: ['SN2', 'HA 19340017'] }, unclear('x1000c0s1b0n0', 'x1000c0s0b0n0', 'x1000c0s0b0n1')],
    [{ mac: ['02:00:00:00:00:01', '02:00:00:00:01:01'], serial: 'SN2' }, unclear('x1000c0s0b0n0', 'x1000c0s1b0n0')],
  ] as const)('of another node than the other names mean makes it nobody’s: %o', ([query, identity]) => {
    expect(identify(blade, query)).toEqual(identity)
  })

  test.for(['Default string', 'To be filled by O.E.M.', 'None', '0', '00000000', 'Not Specified', ' '])(
    'such as %j is of no machine, whoever has it',
    (text) => {
      for (const name of ['serial', 'asset']) {
        expect(identify(blade, { [name]: text })).toEqual({ kind: 'unknown' })
        expect(identify(blade, { mac: '02:00:00:00:00:01', [name]: text })).toEqual(known('x1000c0s0b0n0'))
      }
    },
  )

  test('that more nodes have than could be told apart is of none: no machine waits because of it', () => {
    const many = (count: number) =>
      given(
        allTables,
        Array.from({ length: count }, (_, at) => node(`x1000c0s${at % 64}b${at >> 6}n0`, { serialNumber: 'C0FFEE' })),
        node('x1000c7s0b0n0', { macs: ['02:00:00:00:00:01'] }),
      )
    expect(identify(many(16), { mac: '02:00:00:00:00:01', serial: 'C0FFEE' })).toMatchObject({ kind: 'ambiguous' })
    expect(identify(many(17), { mac: '02:00:00:00:00:01', serial: 'C0FFEE' })).toEqual(known('x1000c7s0b0n0'))
    expect(identify(many(17), { serial: 'C0FFEE' })).toEqual({ kind: 'unknown' })
  })
})

test('whatever a query holds, it names a node or nobody, and never fails', () => {
  const value = fc.oneof(
    fc.string(),
    fc.string({ minLength: 250, maxLength: 300 }),
    fc.array(fc.string()),
    fc.anything(),
  )
  const name = fc.constantFrom('node', 'mac', 'uuid', 'xname', 'host', 'nid', 'serial', 'asset')
  fc.assert(
    fc.property(fc.dictionary(name, value), (query) => {
      expect(['node', 'unknown', 'ambiguous']).toContain(identify(state, query).kind)
      const ownWords = /\b(?:serial=\$\{serial:uristring\}|asset=\$\{asset:uristring\})(?=&|$)/g
      expect(askAgain(state, query).replaceAll(ownWords, 'own')).toMatch(
        /^[\w.:&=-]*(?:mac=\$\{mac:hexhyp\}&uuid=\$\{uuid\})?$/,
      )
    }),
  )
})

test('a machine that came by serial number or asset tag comes by them again, in its own words where they need escapes', () => {
  expect(askAgain(state, { serial: 'SN2', asset: 'T-1' })).toBe('serial=SN2&asset=T-1')
  expect(askAgain(state, { serial: 'HA 19340017' })).toBe('serial=${serial:uristring}')
  expect(askAgain(state, { mac: 'aa:bb', serial: 'a', asset: '${x}' })).toBe(
    'mac=aa:bb&serial=a&asset=${asset:uristring}',
  )
  expect(askAgain(state, { serial: ['a b', 'c d'] })).toBe('serial=${serial:uristring}')
  // One that would never make it known is not worth asking by.
  expect(askAgain(state, { serial: 'None', asset: ' ' })).toBe('mac=${mac:hexhyp}&uuid=${uuid}')
})

test('a machine asks again as it asked, without what a script could not repeat', () => {
  expect(askAgain(state, { mac: 'aa:bb', host: ['a', 'b c', '${x}'], other: 'z' })).toBe('mac=aa:bb&host=a')
  expect(askAgain(state, { mac: '' })).toBe('mac=${mac:hexhyp}&uuid=${uuid}')
  expect(askAgain(state, { host: Array.from({ length: 20 }, (_, at) => `h${at}`) }).split('&')).toHaveLength(8)
})

test('a machine that was told the id of a node that is gone says who it is itself, too', () => {
  const gone = 'node-00000000000000000000000000'
  expect(askAgain(state, { node: gone })).toBe(`node=${gone}&mac=\${mac:hexhyp}&uuid=\${uuid}`)
  const again = { node: gone, mac: '02-00-00-00-00-01', uuid }
  expect(identify(state, again)).toEqual(first)
})
