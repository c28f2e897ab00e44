import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BootService } from '../../src/gen/trivet/boot/v1/boot_pb.ts'
import { SessionService } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { furnish } from '../support/processes/furnish.ts'
import { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { Guest, hostAddress, whyNoGuest } from './guest.ts'
import { LoggingProxy } from './logging-proxy.ts'

const missing = whyNoGuest()

/** Emulated hardware on a busy machine takes its time. */
const guestTimeoutMs = 150_000

const guests: Guest[] = []

function boot(options: { readonly mac: string; readonly bootUrl: string }): Guest {
  const guest = new Guest(options)
  guests.push(guest)
  return guest
}

/** What a peer answers. */
async function scriptOf(node: string, path: string): Promise<string> {
  const answer = await fetch(`http://${node}${path}`)
  return answer.text()
}

/** The ports of the peers that a script lists, in its order. */
function peersIn(script: string): readonly number[] {
  return [...script.matchAll(/^set peer\d+ .*:(\d+)$/gm)].map(([, port]) => Number(port))
}

function proxyAt(proxies: ReadonlyMap<string, LoggingProxy>, port: number): LoggingProxy {
  return [...proxies.values()].find((proxy) => proxy.port === port)!
}

test.runIf(process.env['CI'] !== undefined)('QEMU is here in CI, where its tests may not be left out', () => {
  expect(missing).toBeUndefined()
})

describe.skipIf(missing !== undefined)(`a real iPXE in QEMU${missing === undefined ? '' : `: ${missing}`}`, () => {
  let site: Site
  const proxies = new Map<string, LoggingProxy>()

  beforeAll(async () => {
    const names = ['a', 'b', 'c']
    for (const name of names) proxies.set(name, await LoggingProxy.start(() => site.peer(name).addresses.node))
    site = await Site.make({
      purpose: 'qemu',
      peers: names,
      room: { nodes: 1, args: ['--speed', '20'] },
      settingsOf: ({ name }) => ({ 'node-url': `http://${hostAddress}:${proxies.get(name)!.port}` }),
    })
  })

  afterAll(async () => {
    await Promise.all(guests.map((guest) => guest.stop()))
    await site.stop({ keep: false })
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()))
  })

  test('takes the waiting script, finds the first peer of its list gone, and asks the next one', async () => {
    const mac = '52:54:00:00:00:99'
    const path = `/boot/ipxe?mac=${mac}`
    const script = await scriptOf(site.peer('a').addresses.node, path)
    const [gone, next, first] = peersIn(script).map((port) => proxyAt(proxies, port))
    const guest = boot({ mac, bootUrl: `http://${hostAddress}:${first!.port}${path}` })
    await until('the guest has its first script', async () => first!.asked[0], { timeoutMs: guestTimeoutMs })
    await gone!.stop()
    const asked = await until('the guest asks the next peer', async () => next!.asked[0], {
      timeoutMs: guestTimeoutMs,
    })
    expect(asked).toMatch(/^GET \/boot\/ipxe\?mac=52(%3A|-)54\1/)
    await guest.stop()
  })

  test('takes the script of a session and asks for the kernel that it names', async () => {
    const asked: string[] = []
    const files = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(200, { 'content-length': 4 }).end('none')
    })
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve))
    const kernel = `http://${hostAddress}:${(files.address() as AddressInfo).port}/vmlinuz-of-this-test`
    await furnish(site)
    await site.client(BootService).createBootConfiguration({ name: 'guest', kernel, parameters: 'console=ttyS0' })
    await site.client(BootService).createTemplate({ name: 'guest', bootConfiguration: 'guest' })
    await site.client(SessionService).createSession({ template: 'guest', groupName: 'compute' })
    const mac = site.room.info.bmcs[0]!.nodes[0]!.mac
    const path = `/boot/ipxe?mac=${mac}`
    const { node } = site.peer('c').addresses
    await until('the node is bound', async () => ((await scriptOf(node, path)).includes(kernel) ? true : undefined), {
      timeoutMs: 60_000,
    })
    const guest = boot({ mac, bootUrl: `http://${hostAddress}:${node.split(':')[1]}${path}` })
    await until('the guest asks for the kernel', async () => (asked.length > 0 ? true : undefined), {
      timeoutMs: guestTimeoutMs,
    })
    expect(asked[0]).toBe('GET /vmlinuz-of-this-test')
    await guest.stop()
    files.close()
  })
})
