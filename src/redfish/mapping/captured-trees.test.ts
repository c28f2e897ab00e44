import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SystemFacts } from '../facts.ts'
import { limits } from '../limits.ts'
import { pathKey } from '../link.ts'
import { profileNamed, profileOf } from '../quirks.ts'
import { capturedTree, capturedTreeNames, capturedTreesMissing, expectedXnames } from '../testing/captured-trees.ts'
import type { Tree } from '../testing/sample-tree.ts'
import { walkTree } from '../testing/tree-walk.ts'

const title = capturedTreesMissing === '' ? 'captured trees' : `captured trees (skipped: ${capturedTreesMissing})`

describe.skipIf(capturedTreesMissing !== '')(title, () => {
  const names = capturedTreeNames()
  const trees = new Map(names.map((name) => [name, capturedTree(name)]))
  const nodesOf = async (name: string): Promise<readonly SystemFacts[]> => {
    const { result } = await walkTree(trees.get(name)!, { expand: true })
    return result.systems.filter((system) => system.nodeOrdinal !== undefined)
  }

  test.for(names)('%s gives the same facts with $expand and without, within the fast tier', async (name) => {
    const tree = trees.get(name)!
    const expanding = await walkTree(tree, { expand: true })
    const plain = await walkTree(tree, { expand: false })
    expect(expanding.result).toEqual(plain.result)
    expect(new Set(plain.gets).size).toBe(plain.gets.length)
    if (promisesExpand(tree)) expect(expanding.gets.length).toBeLessThanOrEqual(12)
  })

  test.for(names)('%s gives clean text and canonical addresses only', async (name) => {
    const { result } = await walkTree(trees.get(name)!, { expand: true })
    expectCleanFacts(result)
  })

  test.for([
    ['csm-EX235a', ['00:40:a6:83:3a:52 boot_order']],
    ['csm-EX235n', ['00:40:a6:84:d5:ea boot_order', '00:40:a6:84:d5:eb boot_order']],
    ['csm-EX420', ['00:40:a6:84:d8:b7 boot_order', '00:40:a6:84:d8:b8 boot_order']],
    ['csm-EX425', ['00:40:a6:83:52:5f boot_order', '00:40:a6:83:52:60 boot_order']],
    ['smd-CrayNC', ['00:40:a6:82:f5:89 management_ethernet', '00:40:a6:82:f5:8a management_ethernet']],
    ['csm-DL325', ['14:02:ec:d9:3a:a0 boot_order']],
    ['csm-XL675d_A100', ['b4:96:91:67:d8:e8 boot_order']],
    ['csm-Gigabyte', ['b4:2e:99:ba:de:15 boot_order']],
    ['hpe-DL380a', ['58:a2:e1:03:96:f2 boot_order']],
    ['hpe-DL360_Gen12', ['58:a2:e1:48:93:ae boot_order']],
    ['nv-dell', ['b8:3f:d2:90:97:c4 boot_order']],
    ['nv-dell_multi_dpu', ['a0:88:c2:08:54:5c boot_order']],
    ['smd-Dell', ['80:18:44:de:4f:e4 lowest_mac']],
    ['nv-supermicro', ['94:6d:ae:91:fb:22 boot_order']],
    // No EthernetInterfaces at all: the boot options are the only place with a MAC.
    ['nv-gb200', ['d0:f4:05:43:95:04 boot_order']],
    ['nv-gh200', ['f0:b2:b9:0b:fc:9e boot_order']],
    ['rc-supermicro_gb300', ['7c:c2:55:91:1a:b2 boot_order']],
    ['nv-dpu', ['5c:25:73:08:f3:62 boot_order']],
    // XCC lists only its own USB link among the system's interfaces.
    ['ic-lenovo_sr670', [undefined]],
    ['csm-OpenBMC-stock', [undefined]],
    ['csm-CMM', []],
    ['csm-Slingshot_Switch_Blade', []],
    ['smd-RtsPDU', []],
  ] as const)('%s: its nodes boot from %j', async ([name, expected]) => {
    const nodes = await nodesOf(name)
    const chosen = nodes.map((node) => node.bootNic && `${node.bootNic.mac} ${node.bootNic.reason}`)
    expect(chosen).toEqual(expected)
    expect(nodes.map((node) => node.nodeOrdinal)).toEqual(expected.map((_, ordinal) => ordinal))
  })

  test.for([
    ['nv-dell', 'On ForceOff ForceRestart GracefulRestart GracefulShutdown PushPowerButton Nmi PowerCycle'],
    ['smd-Dell', 'On ForceOff GracefulRestart PushPowerButton Nmi'],
    ['csm-DL325', 'On ForceOff GracefulShutdown ForceRestart Nmi PushPowerButton GracefulRestart'],
    ['nv-lenovo', 'On Nmi GracefulShutdown GracefulRestart ForceOn ForceOff ForceRestart'],
    ['csm-EX425', 'ForceOff On Off'],
    ['csm-Gigabyte', 'GracefulShutdown ForceRestart ForceOff On'],
    ['nv-gh200', 'On ForceOff ForceOn ForceRestart GracefulRestart GracefulShutdown PowerCycle'],
    // Its ResetActionInfo was not captured.
    ['rc-supermicro_gb300', ''],
  ] as const)('%s allows the resets %s', async ([name, types]) => {
    for (const node of await nodesOf(name)) expect(node.reset?.types.join(' ')).toBe(types)
  })

  test.for(['nv-gb200', 'nv-gh200', 'rc-supermicro_gb300'])('%s: the HGX baseboard is an accessory', async (name) => {
    const { result } = await walkTree(trees.get(name)!, { expand: true })
    expect(result.systems.map((system) => [system.id, system.nodeOrdinal])).toEqual([
      ['HGX_Baseboard_0', undefined],
      ['System_0', 0],
    ])
    expect(result.bmc?.id).toBe('BMC_0')
  })

  test.for([
    ['nv-dell', 'idrac', 'b0:7b:25:d6:51:82'],
    ['smd-Dell', 'idrac', undefined],
    ['csm-DL325', 'ilo-before-7', '94:40:c9:37:d3:fc'],
    ['hpe-DL380a', 'ilo-before-7', '7c:a6:2a:40:c3:e4'],
    ['hpe-DL380a_Gen12', 'ilo', '7c:a6:2a:83:78:3c'],
    ['csm-EX425', 'cray-ex', undefined],
    ['csm-Gigabyte', 'megarac-before-13', 'b4:2e:99:ba:de:17'],
    ['nv-lenovo', 'xcc', '08:8f:c3:a5:8a:6f'],
    ['nv-supermicro', 'supermicro', '7c:c2:55:50:a8:ff'],
    ['nv-gb200', 'openbmc', '3c:6d:66:0e:db:dc'],
    ['dmtf-public-rackmount1', 'generic', undefined],
  ] as const)('%s is of the kind %s, and its own MAC is %s', async ([name, profile, mac]) => {
    const { result } = await walkTree(trees.get(name)!, { expand: true })
    expect(profileOf(result).name).toBe(profile)
    expect(profileNamed(profile)).toEqual(profileOf(result))
    if (mac !== undefined) expect(result.bmc?.mac).toBe(mac)
  })

  test('nodes get the xnames that HMS gives them', async () => {
    const endpoints = expectedXnames().filter((endpoint) => endpoint.systems !== undefined)
    expect(endpoints.length).toBeGreaterThan(2)
    for (const endpoint of endpoints) {
      const nodes = await nodesOf(endpoint.tree)
      const given = Object.fromEntries(nodes.map((node) => [`${endpoint.bmc}n${node.nodeOrdinal}`, node.id]))
      expect(given, endpoint.tree).toEqual(endpoint.systems)
      if (endpoint.systemResetTypes !== undefined) {
        for (const node of nodes) expect(node.reset?.types.length).toBe(endpoint.systemResetTypes)
      }
    }
  })

  test('the order of members changes nothing', async () => {
    for (const name of ['csm-EX425', 'nv-gb200', 'csm-Gigabyte']) {
      const tree = trees.get(name)!
      const turned = new Map(
        [...tree].map(([path, document]) => {
          const members = document['Members']
          return [path, Array.isArray(members) ? { ...document, Members: members.toReversed() } : document]
        }),
      )
      const before = (await walkTree(tree, { expand: false })).result
      expect((await walkTree(turned, { expand: false })).result).toEqual(before)
    }
  })

  test('a BMC without its first node keeps the number of the second', async () => {
    const tree = new Map(trees.get('csm-EX425'))
    const systems = '/redfish/v1/systems'
    tree.set(systems, { ...tree.get(systems), Members: [{ '@odata.id': '/redfish/v1/Systems/Node1' }] })
    const { result } = await walkTree(tree, { expand: false })
    expect(result.systems.map((system) => [system.id, system.nodeOrdinal])).toEqual([['Node1', 1]])
  })

  test('no field that is missing, null or of another type breaks the mapping', async () => {
    const wrong = fc.constantFrom<unknown>(
      undefined,
      null,
      0,
      -1,
      1e300,
      '',
      'x',
      '\u001b[2J\u202e',
      true,
      [],
      {},
      [[]],
      [null],
      {
        '@odata.id': '/redfish/v1',
      },
    )
    const choice = fc.record({
      name: fc.constantFrom(...names),
      where: fc.nat(),
      depth: fc.nat(),
      wrong,
      expand: fc.boolean(),
    })
    const read = new Map<string, readonly string[]>()
    for (const name of names) {
      const { gets } = await walkTree(trees.get(name)!, { expand: false })
      read.set(name, [...new Set(gets.map((path) => pathKey(path.split('?', 1)[0]!)))])
    }
    await fc.assert(
      fc.asyncProperty(choice, async ({ name, where, depth, wrong: value, expand }) => {
        const tree: Tree = new Map(trees.get(name))
        const paths = read.get(name)!.filter((path) => tree.has(path))
        const path = paths[where % paths.length]!
        const places = placesIn(tree.get(path))
        const copy = structuredClone(tree.get(path)!)
        put(copy, places[depth % places.length]!, value)
        tree.set(path, copy)
        const { result } = await walkTree(tree, { expand })
        expectCleanFacts(result)
      }),
      { numRuns: 3_000 },
    )
  })
})

function promisesExpand(tree: Tree): boolean {
  return JSON.stringify(tree.get('/redfish/v1')).includes('"NoLinks":true')
}

/** Whatever a BMC says: what comes out is printable, short, canonical, and unambiguous. */
function expectCleanFacts(result: Awaited<ReturnType<typeof walkTree>>['result']): void {
  const ordinals = result.systems.map((system) => system.nodeOrdinal).filter((ordinal) => ordinal !== undefined)
  expect(new Set(ordinals).size).toBe(ordinals.length)
  for (const text of textsIn(result)) {
    if (/[\p{Cc}\u202a-\u202e]/u.test(text)) expect.fail(`not printable: ${JSON.stringify(text)}`)
    if (text.length > limits.pathCharsMax + 200) expect.fail(`too long: ${text.length} characters`)
  }
  const macs = result.systems.flatMap((system) => [
    ...system.interfaces.map((one) => one.mac),
    ...(system.bootNic?.candidates ?? []),
  ])
  for (const mac of macs) {
    if (mac !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) expect.fail(`not canonical: ${mac}`)
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

type Place = readonly (string | number)[]

function placesIn(value: unknown, at: Place = []): Place[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return entries.flatMap(([name, child]) => [[...at, name], ...placesIn(child, [...at, name])])
}

/** Puts the value at the place; `undefined` takes the field away. */
function put(document: unknown, place: Place, value: unknown): void {
  let target = document as Record<string | number, unknown>
  for (const name of place.slice(0, -1)) target = target[name] as Record<string | number, unknown>
  const last = place.at(-1)!
  if (value !== undefined) target[last] = value
  else if (Array.isArray(target)) target.splice(Number(last), 1)
  else delete target[last]
}
