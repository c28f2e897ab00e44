import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { BootService } from '../../src/gen/trivet/boot/v1/boot_pb.ts'
import { ChangeService } from '../../src/gen/trivet/change/v1/change_pb.ts'
import { RunState } from '../../src/gen/trivet/discovery/v1/discovery_pb.ts'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../../src/gen/trivet/operator/v1/operator_pb.ts'
import { requestSizeBytesMax } from '../../src/rpc/limits.ts'
import { discover, furnish } from '../support/processes/furnish.ts'
import type { RoomFault } from '../support/processes/room-process.ts'
import type { Site } from '../support/processes/site.ts'
import { useSite } from '../support/processes/use-site.ts'

const useLone = useSite({ purpose: 'bad-input', room: { nodes: 2, args: ['--speed', '20'] } }, furnish)

/** Runs what must change nothing, and looks whether it did. */
async function changesNothing(site: Site, work: () => Promise<void>): Promise<void> {
  const before = await site.agreed()
  await work()
  expect(await site.agreed()).toEqual(before)
}

describe('requests that are refused', () => {
  test('an etag that is no longer the present one: nothing of the update remains', async () => {
    const site = useLone()
    const inventory = site.client(InventoryService)
    const { group: read } = await inventory.createGroup({ name: 'raced', description: 'first' })
    const { group: present } = await inventory.updateGroup({ group: 'raced', description: 'second', etag: read!.etag })
    await changesNothing(site, async () => {
      const late = inventory.updateGroup({ group: 'raced', description: 'third', etag: read!.etag })
      await expect(late).rejects.toMatchObject({
        code: 'ETAG_MISMATCH',
        params: { given: read!.etag, present: present!.etag },
      })
      const gone = inventory.deleteGroup({ group: 'raced', etag: read!.etag })
      await expect(gone).rejects.toMatchObject({ code: 'ETAG_MISMATCH' })
    })
    expect((await inventory.getGroup({ group: 'raced' })).group).toEqual(present)
  })

  test('a request id that was used answers the same request again, and refuses another one', async () => {
    const site = useLone()
    const inventory = site.client(InventoryService)
    let requestId = ''
    const { group } = await inventory.createGroup({ name: 'named' })
    for await (const change of site.connect(site.peers).client(ChangeService).watchChanges({ afterRevision: 0n })) {
      if (change.method.endsWith('/CreateGroup')) requestId = change.requestId
      if (change.changes.some(({ key }) => key === group!.id)) break
    }
    expect(requestId).not.toBe('')
    await changesNothing(site, async () => {
      const write = { requestId, retry: true }
      expect((await inventory.createGroup({ name: 'named', write })).group).toEqual(group)
      for (const other of [
        inventory.createGroup({ name: 'other', write }),
        inventory.createGroup({ name: 'named', description: 'other', write }),
        inventory.deleteGroup({ group: 'named', write }),
      ]) {
        await expect(other).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED', params: { requestId } })
      }
    })
  })

  test('what is too large is refused by a named limit, and the peer goes on', async () => {
    const site = useLone()
    const inventory = site.client(InventoryService)
    await changesNothing(site, async () => {
      const huge = inventory.createGroup({ name: 'huge', nodes: 'x'.repeat(requestSizeBytesMax) })
      await expect(huge).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
        params: { limitBytes: requestSizeBytesMax },
      })
      const long = inventory.createGroup({ name: 'long', description: 'x'.repeat(501) })
      await expect(long).rejects.toMatchObject({ violations: [{ field: 'description' }] })
      const bmcs = Array.from({ length: 901 }, (_, index) => ({ xname: `x${index}c0s0b0`, address: '10.0.0.1' }))
      await expect(inventory.importBmcs({ bmcs })).rejects.toMatchObject({ violations: [{ field: 'bmcs' }] })
      const userData = `#cloud-config\n${'#'.repeat(262_144)}`
      const document = site.client(BootService).createRuntimeConfiguration({ name: 'large', userData })
      await expect(document).rejects.toMatchObject({ violations: [{ field: 'user_data' }] })
    })
  })

  test('a body of a node that is too large is refused, and so are methods and paths that nobody serves', async () => {
    const [peer] = useLone().peers
    const url = (path: string) => `http://${peer!.addresses.node}${path}`
    const phoneHome = '/seed/node-0/att-0/phone-home'
    const large = await fetch(url(phoneHome), { method: 'POST', body: 'x'.repeat(65 * 1024) })
    expect(large.status).toBe(413)
    for (const [method, path] of [
      ['POST', '/boot/ipxe'],
      ['GET', phoneHome],
      ['GET', '/'],
      ['GET', '/seed/../../../etc/passwd'],
      ['GET', `/seed/${'x'.repeat(300)}/att-0/meta-data`],
    ] as const) {
      const answer = await fetch(url(path), { method })
      expect([404, 414], path).toContain(answer.status)
      expect(await answer.text()).not.toMatch(/root:|at .*\.ts/)
    }
  })

  test('bytes that are no protocol end their connection and nothing else', async () => {
    const site = useLone()
    const [peer] = site.peers
    for (const address of Object.values(peer!.addresses).filter((text) => text.includes(':'))) {
      const port = Number(address.split(':')[1])
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(Buffer.alloc(100_000, 0xa5)))
        socket.on('error', () => undefined)
        socket.on('close', () => resolve())
        socket.resume()
      })
    }
    expect((await peer!.readyz()).status).toBe(200)
    expect((await site.client(InventoryService).getGroup({ group: 'compute' })).group?.name).toBe('compute')
  })
})

describe('a machine that asks for its script', () => {
  test('is known by what discovery found in its BMC; whose names are of two nodes waits, and the log names them', async () => {
    const site = useLone()
    const [peer] = site.peers
    const ask = async (query: string) => (await fetch(`http://${peer!.addresses.node}/boot/ipxe?${query}`)).text()
    const { nodes } = await site.client(InventoryService).listNodes({})
    const [first, second] = nodes
    expect(new Set(nodes.map(({ serialNumber }) => serialNumber)).size).toBe(2)
    const serial = encodeURIComponent(second!.serialNumber)
    expect(await ask(`serial=${serial}`)).toContain(`# trivet: ${second!.xname} waits`)
    expect(await ask(`mac=${second!.macs[0]}&serial=${serial}`)).toContain(`# trivet: ${second!.xname} waits`)
    const unclear = await ask(`mac=${first!.macs[0]}&serial=${serial}`)
    expect(unclear).toContain('# trivet: this machine waits')
    expect(unclear).toContain(`/boot/ipxe?mac=${first!.macs[0]}&serial=${serial} ||`)
    await expect
      .poll(async () => readFile(peer!.logFile, 'utf8'), { timeout: 10_000 })
      .toMatch(new RegExp(`"nodes":\\["${first!.id}","${second!.id}"\\].*names several nodes`))
  })
})

describe('a BMC that answers nonsense', () => {
  const nonsense: Readonly<Record<string, readonly [RoomFault['action'], RegExp]>> = {
    'HTML in place of JSON': [
      { kind: 'status', status: 200, body: '<html>Welcome</html>' },
      /127\.77\.1\.\d+:\d+ .*is HTML/,
    ],
    'JSON that ends in the middle': [{ kind: 'truncate', bytes: 20 }, /127\.77\.1\.\d+:\d+/],
    'an error without a reason': [{ kind: 'status', status: 500, body: '' }, /127\.77\.1\.\d+:\d+ .*500/],
  }

  test.each(Object.entries(nonsense))(
    '%s: its discovery fails with address and reason, the other one succeeds',
    async (_what, [action, reason]) => {
      const site = useLone()
      const [first, second] = site.room.info.bmcs
      await site.room.calm()
      await site.room.strike({ bmc: first!.xname, method: 'GET', action })
      const { discovery, targets } = await discover(site)
      await site.room.calm()
      expect(discovery).toMatchObject({ runState: RunState.FAILED, succeeded: 1, failed: 1 })
      expect(discovery!.errorMessage).toContain(first!.xname)
      const failed = targets.find(({ xname }) => xname === first!.xname)
      expect(failed?.lastError).toMatch(reason)
      expect(targets.find(({ xname }) => xname === second!.xname)?.runState).toBe(RunState.COMPLETED)
      // What was known of it before stays.
      const { nodes } = await site.client(InventoryService).listNodes({})
      expect(nodes.map(({ xname }) => xname)).toEqual(
        site.room.info.bmcs.flatMap((bmc) => bmc.nodes.map((node) => node.xname)),
      )
    },
  )
})

describe('clients that are not ours', () => {
  const buf = join(import.meta.dirname, '../../node_modules/.bin/buf')
  const run = promisify(execFile)

  async function curl(site: Site, ...args: readonly string[]): Promise<unknown> {
    const server = `http://${site.peers[0]!.addresses.api}`
    const words = args.map((arg) => (arg.startsWith('/') ? `${server}${arg}` : arg))
    const { stdout } = await run(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...words], {
      timeout: 60_000,
    })
    return stdout
  }

  test('buf curl finds the services by reflection and lists the nodes', async () => {
    const site = useLone()
    const server = `http://${site.peers[0]!.addresses.api}`
    expect(await curl(site, '--list-methods', server)).toContain('trivet.inventory.v1.InventoryService/ListNodes')
    const answer = await curl(site, '/trivet.inventory.v1.InventoryService/ListNodes')
    const { nodes } = JSON.parse(String(answer)) as { nodes: readonly { xname: string }[] }
    expect(nodes.map(({ xname }) => xname)).toEqual(['x1000c0s0b0n0', 'x1000c0s1b0n0'])
    expect((await site.clientOf(site.peers[0]!, OperatorService).getPeerStatus({})).ready).toBe(true)
  })
})
