import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PeerAddresses } from '../../test/support/processes/free-addresses.ts'
import { freeAddresses } from '../../test/support/processes/free-addresses.ts'
import { HealthCheckResponse_ServingStatus as Serving, Health } from '../gen/grpc/health/v1/health_pb.ts'
import { ChangeService } from '../gen/trivet/change/v1/change_pb.ts'
import { InventoryService } from '../gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../gen/trivet/operator/v1/operator_pb.ts'
import type { RpcChannel } from '../rpc/channel.ts'
import { openChannel } from '../rpc/channel.ts'
import { createClient } from '../rpc/client.ts'
import type { Config } from './config.ts'
import { readConfig } from './config.ts'
import { writeDamage } from './damage-mark.ts'
import { openDataDir } from './data-dir.ts'
import { Peer } from './peer.ts'
import type { World } from './world.ts'
import { realWorld } from './world.ts'

let directory: string
const running: Peer[] = []
const closing: (() => void)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-peer-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  for (const peer of running.splice(0)) await peer.stop()
  await rm(directory, { recursive: true })
})

const deadline = { timeout: 20_000 }

const anyPorts = ['api', 'peer', 'node', 'admin'].flatMap((name) => [`--${name}-listen`, '127.0.0.1:0'])

function configOf(...argv: string[]) {
  return readConfig(['--data-dir', join(directory, 'data'), '--log-level', 'error', ...anyPorts, ...argv], {})
}

/** A peer of a quorum whose other peers are not there. */
async function alone(...argv: string[]) {
  const key = join(directory, 'seal.key')
  await writeFile(key, Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 })
  const peers = ['a=127.0.0.1:1', 'b=127.0.0.1:2', 'c=127.0.0.1:3'].join(',')
  return configOf('--initial-peers', peers, '--name', 'a', '--seal-key-file', key, ...argv)
}

async function start(config = configOf(), world: World = realWorld): Promise<Peer> {
  const peer = await Peer.start(config, world)
  running.push(peer)
  return peer
}

/** An address at which somebody else listens, until told otherwise. */
async function taken(): Promise<{ server: Server; address: string }> {
  const [{ node: address }] = (await freeAddresses(['x'])) as [PeerAddresses]
  const server = createServer().listen(Number(address.split(':')[1]), '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return { server, address }
}

function channelTo(peer: Peer): RpcChannel {
  const channel = openChannel(peer.addresses.api)
  closing.push(() => channel.close())
  return channel
}

const readyz = async (peer: Peer) => {
  const response = await fetch(`http://${peer.addresses.admin}/readyz`)
  return { status: response.status, text: await response.text() }
}
const healthOf = async (peer: Peer, service: string) =>
  (await createClient(Health, channelTo(peer)).check({ service })).status

test('a peer that stands alone serves, leads, says so, and stops with nothing left', async () => {
  const peer = await start()
  expect(await peer.openForNodes).toBe(true)
  await expect.poll(() => readyz(peer), deadline).toMatchObject({ status: 200 })
  expect((await createClient(InventoryService, channelTo(peer)).listNodes({})).nodes).toEqual([])
  expect(await healthOf(peer, '')).toBe(Serving.SERVING)
  expect(await healthOf(peer, 'leader')).toBe(Serving.SERVING)
  expect((await fetch(`http://${peer.addresses.node}/boot/ipxe?mac=02:00:00:00:00:01`)).status).toBe(200)
  const { api, admin, node, peer: peers } = peer.addresses
  await Promise.all([peer.stop(), peer.stop()])
  for (const address of [api, admin, node, peers]) await expect(fetch(`http://${address}/`)).rejects.toThrow()
  // Log and state are closed: the next one may have them.
  const next = await start()
  await next.openForNodes
})

test.for(['api', 'peer', 'node', 'admin'])(
  'the %s address is taken: it does not start, and nothing is left',
  async (name) => {
    const { server, address } = await taken()
    await expect(start(configOf(`--${name}-listen`, address))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      params: { address },
    })
    server.close()
    const peer = await start(configOf(`--${name}-listen`, address))
    expect(await peer.openForNodes).toBe(true)
    expect(peer.addresses[name as 'api']).toBe(address)
  },
)

test('the address for nodes is taken while it starts: it stays up, says so, and opens once it is free', async () => {
  const confirm = Promise.withResolvers<void>()
  const world: World = {
    ...realWorld,
    readIndex: async (member, timeoutMs) => {
      await confirm.promise
      return member.readIndex(timeoutMs)
    },
  }
  const [{ node: address }] = (await freeAddresses(['x'])) as [PeerAddresses]
  const peer = await start(configOf('--node-listen', address), world)
  const port = Number(address.split(':')[1])
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  confirm.resolve()
  await expect
    .poll(async () => (await readyz(peer)).text)
    .toContain(`it cannot listen on ${address}: listen EADDRINUSE`)
  other.close()
  await expect.poll(() => peer.addresses.node, deadline).toBe(address)
  await expect.poll(() => readyz(peer), deadline).toMatchObject({ status: 200 })
})

test('a peer that was never confirmed refuses with the reason; operators and health are answered', async () => {
  const peer = await start(await alone())
  const inventory = createClient(InventoryService, channelTo(peer))
  const reason = 'no leader is known; the other peers are b, c'
  const refusal = { code: 'NOT_READY', params: { reason: expect.stringContaining(reason) } }
  await expect(inventory.listNodes({})).rejects.toMatchObject(refusal)
  await expect(inventory.createGroup({ name: 'x' })).rejects.toMatchObject(refusal)
  const status = await createClient(OperatorService, channelTo(peer)).getPeerStatus({})
  expect(status).toMatchObject({ ready: false, incarnation: '', logTimeMs: 0n })
  expect(await healthOf(peer, '')).toBe(Serving.NOT_SERVING)
  expect(await healthOf(peer, 'leader')).toBe(Serving.NOT_SERVING)
  expect(await healthOf(peer, OperatorService.typeName)).toBe(Serving.SERVING)
  expect(await readyz(peer)).toMatchObject({
    status: 503,
    text: expect.stringContaining(`[-]leader failed: ${reason}`),
  })
  expect((await fetch(`http://${peer.addresses.admin}/livez`)).status).toBe(200)
})

test('a peer that stops before it was confirmed never opens for nodes', async () => {
  const peer = await start(await alone())
  await peer.stop()
  expect(await peer.openForNodes).toBe(false)
})

test.for(['its votes', 'its identity'])(
  'damaged, for %s are lost: it stays up, serves nothing, and says why',
  async (what) => {
    const config = await alone()
    await (await Peer.start(config)).stop()
    const lost = what === 'its votes' ? ['vote.0', 'vote.1'] : ['identity.json', 'identity.copy.json']
    for (const name of lost) await rm(join(config.dataDir, 'raft', name))
    const peer = await start(config)
    expect(await peer.openForNodes).toBe(false)
    expect(peer.addresses.node).toBe('')
    const { status, text } = await readyz(peer)
    expect(status).toBe(503)
    const reason = /\[-\]undamaged failed: it is damaged: (.*)/.exec(text)![1]!
    expect(text).toContain('[-]boot-listener failed: its listener for nodes is closed')
    const inventory = createClient(InventoryService, channelTo(peer))
    await expect(inventory.listNodes({})).rejects.toMatchObject({ code: 'PEER_DAMAGED', params: { reason } })
    await expect(inventory.createGroup({ name: 'x' })).rejects.toMatchObject({ code: 'PEER_DAMAGED' })
    const operator = createClient(OperatorService, channelTo(peer))
    expect(await operator.getPeerStatus({})).toMatchObject({ damaged: reason, term: 0n, ready: false })
    expect((await operator.listPeers({})).peers.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(await healthOf(peer, '')).toBe(Serving.NOT_SERVING)
  },
)

test('a log that is damaged waits for the others: it stays up, serves nothing, and says what it waits for', async () => {
  const config = await alone()
  await (await Peer.start(config)).stop()
  await rm(join(config.dataDir, 'raft/log/CURRENT'))
  const peer = await start(config)
  const { status, text } = await readyz(peer)
  expect(status).toBe(503)
  expect(text).toContain('[+]undamaged ok')
  const reason = /\[-\]repaired failed: (it is being repaired: the log is damaged; .*)/.exec(text)![1]!
  expect(text).toContain('[-]boot-listener failed')
  const inventory = createClient(InventoryService, channelTo(peer))
  await expect(inventory.listNodes({})).rejects.toMatchObject({ code: 'NOT_READY', params: { reason } })
  const operator = createClient(OperatorService, channelTo(peer))
  expect(await operator.getPeerStatus({})).toMatchObject({ ready: false, incarnation: '' })
  // Not even a restart makes it believe what is left.
  await peer.stop()
  expect((await readyz(await start(config))).text).toContain('[-]repaired failed: it is being repaired')
})

test.for(['is gone', 'was found wrong by the others'])('a state that %s is made anew from the log', async (what) => {
  const config = configOf()
  const before = await start(config)
  await before.openForNodes
  await createClient(InventoryService, channelTo(before)).createGroup({ name: 'kept' })
  const { stateHash } = await createClient(OperatorService, channelTo(before)).getPeerStatus({})
  await before.stop()
  if (what === 'is gone') await rm(join(config.dataDir, 'state'), { recursive: true })
  else await writeDamage(await openDataDir(config.dataDir), 'b and c have another state')
  const peer = await start(config)
  await peer.openForNodes
  await expect.poll(() => readyz(peer), deadline).toMatchObject({ status: 200 })
  const { groups } = await createClient(InventoryService, channelTo(peer)).listGroups({})
  expect(groups.map(({ name }) => name)).toEqual(['kept'])
  expect(stateHash).not.toBe('')
})

test('a peer that stands alone does not start on damage: there is nobody to serve in its place', async () => {
  await (await Peer.start(configOf())).stop()
  const { dataDir } = configOf()
  await rm(join(dataDir, 'raft/log/CURRENT'))
  await expect(start()).rejects.toMatchObject({ code: 'LONE_PEER_DAMAGED' })
  // The state was not left open.
  await expect(start()).rejects.toMatchObject({ code: 'LONE_PEER_DAMAGED' })
})

/** How often a peer's own facts have changed, as the change stream has it, once the peer has told them again. */
async function presenceChanges(config: Config, atRevision: number): Promise<{ changes: number; revision: number }> {
  const peer = await start(config)
  const channel = channelTo(peer)
  const operator = createClient(OperatorService, channel)
  const revisionNow = async () => Number((await operator.getPeerStatus({})).revision)
  // Telling them is a transaction, whatever comes of it.
  await expect.poll(revisionNow, deadline).toBeGreaterThan(atRevision)
  // What is shown of it is shown before this.
  await createClient(InventoryService, channel).createGroup({ name: `after-${atRevision}` })
  let changes = 0
  for await (const message of createClient(ChangeService, channel).watchChanges({ afterRevision: 0n })) {
    const kinds = message.changes.map(({ kind }) => kind)
    changes += kinds.filter((kind) => kind === 'peer').length
    if (kinds.includes('group') && Number(message.revision) > atRevision) break
  }
  const revision = await revisionNow()
  await peer.stop()
  return { changes, revision }
}

test('a restart on the same addresses changes nothing that scripts are made of; on others it does', async () => {
  const [{ name: _, ...addresses }] = (await freeAddresses(['x'])) as [PeerAddresses]
  const fixed = Object.entries(addresses).map(([name, address]) => [`--${name}-listen`, address])
  const first = await presenceChanges(configOf(...fixed.flat()), 0)
  expect(first.changes).toBe(1)
  const again = await presenceChanges(configOf(...fixed.flat()), first.revision)
  expect(again.changes).toBe(1)
  const elsewhere = await presenceChanges(configOf(...fixed.flat(), '--node-listen', '127.0.0.1:0'), again.revision)
  expect(elsewhere.changes).toBe(2)
})

test('a peer does not start with another key than that with which its passwords were sealed', async () => {
  const peer = await start()
  await peer.openForNodes
  const credential = { pattern: '*', username: 'root', password: 'calvin' }
  await createClient(InventoryService, channelTo(peer)).setCredential(credential)
  await peer.stop()
  const file = join(configOf().dataDir, 'seal.key')
  const key = await readFile(file)
  await writeFile(file, Buffer.alloc(32, 9).toString('base64'))
  await expect(start()).rejects.toMatchObject({ code: 'SEAL_KEY_INVALID' })
  // The state was not left open, nor was anything sealed anew.
  await writeFile(file, key)
  await start()
})

test('what cannot be a data directory is refused before anything runs', async () => {
  await mkdir(join(directory, 'data'), { mode: 0o755 })
  await writeFile(join(directory, 'data/theirs'), '')
  await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
