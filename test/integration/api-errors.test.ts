import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { BootService } from '../../src/gen/trivet/boot/v1/boot_pb.ts'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { SessionService } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { discover, furnish } from '../support/processes/furnish.ts'
import { startSession } from '../support/processes/sessions.ts'
import type { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { useSite } from '../support/processes/use-site.ts'

/** A mistake as a client of the API makes it, and what it is answered; the CLI's words for it are in `cli/errors.test.ts`. */
interface Mistake {
  readonly what: string
  readonly call: (site: Site) => Promise<unknown>
  readonly code: string
  /** Everything that a person needs is in one of these. */
  readonly message: RegExp
  readonly remedy?: string
  /** Fields with what is wrong with them. */
  readonly violations?: readonly (readonly [field: string, description: RegExp])[]
}

const quotaBytes = 64 * 1024 * 1024

const site = useSite(
  {
    purpose: 'api-errors',
    room: { nodes: 2, args: ['--speed', '20', '--firmware-delay-ms', '100000000-100000000'] },
    settings: { 'storage-quota': '64MiB' },
  },
  async (made) => {
    await furnish(made)
    const inventory = made.client(InventoryService)
    await inventory.createGroup({ name: 'empty' })
    await inventory.createNode({ xname: 'x1000c7s0b0n0', nid: 7, mac: ['02:00:00:00:07:00'] })
  },
)

const inventoryOf = (of: Site) => of.client(InventoryService)
const bmcs = Array.from({ length: 40 }, (_, at) => ({ xname: `x1000c1s${at}b0`, address: `10.1.1.${at + 1}` }))

const mistakes: readonly Mistake[] = [
  {
    what: "a BMC's xname for a node",
    call: (of) => inventoryOf(of).getNode({ node: 'x1000c0s0b0' }),
    code: 'NODE_IS_A_BMC',
    message: /^x1000c0s0b0 is a BMC \(NodeBMC\), not a node; its nodes are x1000c0s0b0n0$/,
    remedy: '`trivet bmc get x1000c0s0b0`',
  },
  {
    what: 'a chassis that cannot be',
    call: (of) => inventoryOf(of).getNode({ node: 'x1000c9s0b0n0' }),
    code: 'XNAME_INVALID',
    message: /chassis 9 is out of range 0–7$/,
  },
  {
    what: 'a padding that differs',
    call: (of) => inventoryOf(of).listNodes({ nodes: 'n[9-010]' }),
    code: 'NODESET_INVALID',
    message: /^nodeset "n\[9-010\]" is not valid at position 3: the padding of 9-010 differs/,
  },
  {
    what: 'a group that is not there',
    call: (of) => inventoryOf(of).listNodes({ nodes: '@compte' }),
    code: 'GROUP_NOT_FOUND',
    message: /^there is no group @compte; did you mean @compute\?$/,
    remedy: '`trivet group list` shows them all',
  },
  {
    what: 'more names than are taken',
    call: (of) => inventoryOf(of).createGroup({ name: 'huge', nodes: 'n[1-10000000]' }),
    code: 'NODESET_TOO_LARGE',
    message: /stands for 10000000 names; at most 200000 are taken; nothing was expanded$/,
  },
  {
    what: 'a MAC address in use',
    call: (of) => inventoryOf(of).createNode({ xname: 'x1000c5s0b0n0', mac: ['02-00-00-00-07-00'] }),
    code: 'MAC_IN_USE',
    message: /^MAC address 02:00:00:00:07:00 is in use by x1000c7s0b0n0, interface if-\w+, since revision \d+$/,
  },
  {
    what: 'a MAC address that discovery found',
    call: async (of) => {
      const { interfaces } = await inventoryOf(of).listInterfaces({ nodes: 'x1000c0s0b0n0' })
      return inventoryOf(of).createNode({ xname: 'x1000c5s0b0n0', mac: [interfaces[0]!.mac] })
    },
    code: 'MAC_IN_USE',
    message: /is in use by x1000c0s0b0n0, interface \w+, since revision \d+$/,
  },
  {
    what: 'NID 0',
    call: (of) => inventoryOf(of).createNode({ xname: 'x1000c5s0b0n0', nid: 0 }),
    code: 'NID_NOT_POSITIVE',
    message: /NIDs are positive and unique$/,
  },
  {
    what: 'a NID that is taken',
    call: (of) => inventoryOf(of).createNode({ xname: 'x1000c5s0b0n0', nid: 7 }),
    code: 'NID_IN_USE',
    message: /^NID 7 is taken by x1000c7s0b0n0, since revision \d+$/,
  },
  {
    what: 'a session on an empty group',
    call: (of) => of.client(SessionService).createSession({ template: 'compute', groupName: 'empty' }),
    code: 'SESSION_EMPTY',
    message: /^0 targets: group empty has no members; nothing was started$/,
  },
  {
    what: 'a template that names a missing configuration',
    call: (of) => of.client(BootService).createTemplate({ name: 'new', bootConfiguration: 'compte' }),
    code: 'TEMPLATE_REFERENCE_MISSING',
    message: /^field boot_configuration names compte, and there is no such boot configuration; did you mean compute\?$/,
    remedy: '`trivet boot-configuration list` shows them all',
    violations: [['boot_configuration', /compte/]],
  },
  {
    what: 'a kernel without scheme',
    call: (of) => of.client(BootService).createBootConfiguration({ name: 'new', kernel: 'files.example/vmlinuz' }),
    code: 'URL_INVALID',
    message: /^kernel: files\.example\/vmlinuz cannot be used, at offset 0: it needs a scheme/,
    violations: [['kernel', /at offset 0/]],
  },
  {
    what: 'a line break in the parameters',
    call: (of) =>
      of
        .client(BootService)
        .updateBootConfiguration({ bootConfiguration: 'compute', parameters: 'quiet\nroot=/dev/sda' }),
    code: 'PARAMETERS_INVALID',
    message: /^kernel parameters cannot be used, at offset 5: a line break/,
    violations: [['parameters', /at offset 5/]],
  },
  {
    what: 'an import with an xname twice',
    call: (of) => inventoryOf(of).importBmcs({ bmcs: bmcs.with(39, { xname: 'x1000c1s5b0', address: '10.1.1.99' }) }),
    code: 'IMPORT_REFUSED',
    message: /^0 of 40 imported: bmcs\[39\]: xname x1000c1s5b0 stands in bmcs\[5\] already$/,
    violations: [['bmcs[39].xname', /stands in bmcs\[5\] already/]],
  },
  {
    what: 'a URL where an address is expected',
    call: (of) => inventoryOf(of).createBmc({ xname: 'x1000c5s0b0', address: 'https://h/redfish/v1' }),
    code: 'BMC_ADDRESS_INVALID',
    message: /^https:\/\/h\/redfish\/v1 is no BMC address: it is a URL$/,
    remedy: 'give host[:port] only, for example h',
  },
  {
    what: 'a URL in an import',
    call: (of) => inventoryOf(of).importBmcs({ bmcs: bmcs.with(39, { xname: 'x1000c1s39b0', address: 'https://h/' }) }),
    code: 'IMPORT_REFUSED',
    message: /^0 of 40 imported: bmcs\[39\]: https:\/\/h\/ is no BMC address/,
    violations: [['bmcs[39].address', /it is a URL; give host\[:port\] only, for example h$/]],
  },
]

async function expectRefused({ call, code, message, remedy, violations = [] }: Mistake): Promise<void> {
  const before = await site().agreed()
  await expect(call(site())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
    ...(remedy !== undefined && { remedy }),
    violations: violations.map(([field, description]) => ({
      field,
      description: expect.stringMatching(description) as string,
    })),
  })
  expect(await site().agreed()).toEqual(before)
}

test.for(mistakes.map((mistake) => [mistake.what, mistake] as const))(
  '%s is refused as it says, and nothing of it remains',
  ([, mistake]) => expectRefused(mistake),
)

test('a wrong password is told with the address, and is not tried until the BMC locks the account', async () => {
  await inventoryOf(site()).setCredential({ pattern: 'x1000c0s0b0', username: 'root', password: 'wrong' })
  const { targets } = await discover(site(), 'x1000c0s0b0')
  expect(targets[0]?.lastError).toMatch(
    /^BMC 127\.\S+ answered 401 to the credential of root; stopped after 2 tries .*`trivet credential set`/,
  )
  await inventoryOf(site()).deleteCredential({ credential: 'x1000c0s0b0' })
})

test('above its quota a peer refuses what makes it grow and takes deletions, until there is room again', async () => {
  const [peer] = site().peers
  const inventory = site().clientOf(peer!, InventoryService)
  await inventory.createGroup({ name: 'spare' })
  let asked = 0
  const create = () => inventory.createGroup({ name: `quota-${++asked}` })
  // What a repair leaves for whoever wants to look at it: a file of that size, without its blocks.
  const kept = join(peer!.dataDir, 'raft/log.damaged')
  await mkdir(kept)
  try {
    await writeFile(join(kept, '000003.log'), '')
    await truncate(join(kept, '000003.log'), quotaBytes)
    const refusal = await until(
      'a write is refused',
      () =>
        create().then(
          () => undefined,
          (error: unknown) => error,
        ),
      {
        timeoutMs: 30_000,
      },
    )
    expect(refusal).toMatchObject({
      code: 'STORAGE_FULL',
      message: expect.stringMatching(/its data directory holds 64(\.\d)? MiB, and the quota is 64 MiB/) as string,
      remedy: expect.stringContaining('--storage-quota') as string,
    })
    await inventory.deleteGroup({ group: 'spare' })
    await expect(inventory.getGroup({ group: 'spare' })).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' })
    await expect(inventory.getGroup({ group: `quota-${asked}` })).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' })
    await expect(create()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  } finally {
    await rm(kept, { recursive: true })
  }
  const { group } = await until('a write is taken again', create, { timeoutMs: 30_000 })
  expect(group).toMatchObject({ name: `quota-${asked}` })
})

describe('while a session is open', () => {
  let session = ''
  beforeAll(async () => {
    session = await startSession(site())
  })

  test('a second one over its nodes is refused, and names it', async () => {
    const nodes = 'x1000c0s[0-1]b0n0'
    await expect(site().client(SessionService).createSession({ template: 'compute', nodes })).rejects.toMatchObject({
      code: 'SESSION_OVERLAP',
      message: `the session overlaps session ${session} on ${nodes}; nothing was started`,
      remedy: `wait for it, or cancel it: trivet session cancel ${session}`,
    })
    const { sessions } = await site().client(SessionService).listSessions({})
    expect(sessions.map(({ id }) => id)).toEqual([session])
  })
})
