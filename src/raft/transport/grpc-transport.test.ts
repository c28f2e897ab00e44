import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import type { PeerId } from '../core/types.ts'
import { freeAddress } from './free-port.ts'
import { openGrpcTransport } from './grpc-transport.ts'
import type { Acquaintances, Introduction } from '../store/acquaintance.ts'
import { isForgetful, type HelloFacts } from './hello.ts'
import { namingContract } from './naming.contract.ts'
import { contractPeers, heartbeat, Recorder, transportContract } from './transport.contract.ts'
import type { Transport, TransportEvents } from './transport.ts'

// What goes wrong here is meant to; its reasons come through errors.
setLogVerbosity(logVerbosity.NONE)

const [a, b] = contractPeers
const opened: Transport[] = []

afterEach(() => {
  for (const transport of opened.splice(0)) transport.close()
})

const facts = (self: PeerId): HelloFacts => ({
  clusterId: 'cluster-1',
  self,
  name: self[0]!,
  address: '',
  stateVersions: { min: 1, max: 2 },
  sealingKeyFingerprint: Uint8Array.of(1, 2, 3),
  acquaintances: bookOf({ nonce: `nonce of ${self}`, starts: 1, run: 'first' }),
})

/** Of a data directory that has met nobody yet. */
function bookOf(own: Introduction, known = new Map<PeerId, Introduction>()): Acquaintances {
  return { own, of: (peer) => known.get(peer), remember: (peer, now) => void known.set(peer, now) }
}

/** A way to start peers that know each other's addresses; facts may differ. */
async function setUp() {
  const addresses = new Map<PeerId, Awaited<ReturnType<typeof freeAddress>>>()
  for (const id of contractPeers) addresses.set(id, await freeAddress())
  const peers = contractPeers.map((id) => ({ id, name: id[0]!, address: addresses.get(id)!.address }))
  const start = async (id: PeerId, events: TransportEvents, other: Partial<HelloFacts> = {}): Promise<Transport> => {
    const transport = await openGrpcTransport({
      listen: addresses.get(id)!,
      facts: { ...facts(id), address: addresses.get(id)!.address, ...other },
      peers,
      events,
    })
    opened.push(transport)
    return transport
  }
  return Object.assign(start, { addressOf: (id: PeerId) => addresses.get(id)!.address })
}

describe('gRPC over loopback', () => {
  transportContract(setUp)
  namingContract(setUp)
})

const lastErrorOf = (transport: Transport, peer: PeerId) =>
  transport.connections().find((connection) => connection.id === peer)!.lastError

test.each([
  [
    'of another cluster',
    { clusterId: 'cluster-2' },
    `it belongs to cluster cluster-2, and peer ${a} to cluster cluster-1`,
  ],
  ['of state versions that are too new', { stateVersions: { min: 3, max: 4 } }, 'it knows state versions 3 to 4'],
  ['with another sealing key', { sealingKeyFingerprint: Uint8Array.of(9) }, 'it holds another sealing key'],
  ['that is unknown', { self: 'd'.repeat(16) }, `peer ${a} does not know peer ${'d'.repeat(16)}`],
])('a peer %s is refused, reads why, and gets nothing through', async (_, other, reason) => {
  const start = await setUp()
  const recorder = new Recorder()
  await start(a, recorder)
  const stranger = await start(b, new Recorder(), other)
  await expect.poll(() => lastErrorOf(stranger, a), { timeout: 10_000, interval: 5 }).toContain(reason)
  expect(stranger.send(a, [heartbeat(b, a, 1)])).toBe(false)
  expect(recorder.links.get(b)?.incoming ?? false).toBe(false)
})

test.each([
  ['made anew', { nonce: 'drawn anew', starts: 1, run: 'again' }],
  ['restored from an older copy', { nonce: `nonce of ${b}`, starts: 1, run: 'again' }],
])('a peer whose data directory was %s is refused by those who met it', async (what, introduction) => {
  const start = await setUp()
  const known = new Map<PeerId, Introduction>()
  const own = { nonce: `nonce of ${a}`, starts: 1, run: 'first' }
  const metBefore = await start(a, new Recorder(), { acquaintances: bookOf(own, known) })
  const before = await start(b, new Recorder())
  await expect.poll(() => known.get(b), { timeout: 10_000, interval: 5 }).toMatchObject({ starts: 1, run: 'first' })
  before.close()
  const again = await start(b, new Recorder(), { acquaintances: bookOf(introduction) })
  await expect.poll(() => lastErrorOf(again, a), { timeout: 10_000, interval: 5 }).toContain(`directory was ${what}`)
  expect(isForgetful(lastErrorOf(again, a))).toBe(true)
  await expect.poll(() => lastErrorOf(metBefore, b), { timeout: 10_000, interval: 5 }).toContain(`was ${what}`)
  // Who remembers is not the one who has forgotten.
  expect(isForgetful(lastErrorOf(metBefore, b))).toBe(false)
  expect(again.send(a, [heartbeat(b, a, 1)])).toBe(false)
  expect(known.get(b)).toMatchObject({ starts: 1, run: 'first' })
})

test('a peer is remembered as it started last, and one that cannot read its own identity is not', async () => {
  const start = await setUp()
  const known = new Map<PeerId, Introduction>()
  const watching = await start(a, new Recorder(), { acquaintances: bookOf({ nonce: 'a', starts: 1, run: '' }, known) })
  for (const starts of [1, 2]) {
    const peer = await start(b, new Recorder(), { acquaintances: bookOf({ nonce: 'b', starts, run: `${starts}` }) })
    await expect.poll(() => known.get(b)?.starts, { timeout: 10_000, interval: 5 }).toBe(starts)
    peer.close()
  }
  await start(b, new Recorder(), { acquaintances: bookOf({ nonce: '', starts: 0, run: '' }) })
  await expect.poll(() => lastErrorOf(watching, b), { timeout: 10_000, interval: 5 }).toBe('')
  expect(known.get(b)?.starts).toBe(2)
})

test('an entry of 4 MiB and a relay of 16 MiB get through', async () => {
  const start = await setUp()
  const recorder = new Recorder()
  const sender = await start(a, new Recorder())
  await start(b, recorder)
  await expect.poll(() => sender.relay(b, Buffer.alloc(16 * 1024 * 1024, 'x')), { timeout: 10_000 }).toBe(true)
  await expect.poll(() => recorder.relays.map((relay) => relay.text.length), { timeout: 10_000 }).toEqual([16_777_216])
  const entry = { index: 8, term: 3, type: 'normal', data: new Uint8Array(4 * 1024 * 1024).fill(7) } as const
  const message = { ...heartbeat(a, b, 1), type: 'append', index: 7, entries: [entry] } as const
  await expect.poll(() => sender.send(b, [message, message]), { timeout: 10_000 }).toBe(true)
  await expect.poll(() => recorder.messages.length, { timeout: 10_000 }).toBe(2)
  expect(recorder.messages[0]!.message.entries[0]!.data.length).toBe(entry.data.length)
})

test('a peer that takes nothing in has its messages dropped once too much waits', async () => {
  const start = await setUp()
  const recorder = new Recorder()
  const sender = await start(a, recorder)
  const receiver = await start(b, new Recorder())
  receiver.takeRelays(false)
  const payload = new Uint8Array(8 * 1024 * 1024)
  await expect.poll(() => sender.relay(b, payload), { timeout: 10_000 }).toBe(true)
  let sent = 1
  while (sender.relay(b, payload)) sent++
  expect(sent).toBeLessThan(12)
  // The loss is told: the connection ended.
  expect(recorder.relayLinks.get(b)).toEqual([true, false])
})

test('another address than loopback is refused', async () => {
  const options = { facts: facts(a), peers: [], events: new Recorder() }
  for (const host of ['0.0.0.0', '10.0.0.1', '::', 'example.org']) {
    const opening = openGrpcTransport({ ...options, listen: { host, port: 0 } })
    await expect(opening).rejects.toMatchObject({ code: 'PEER_LISTENER_NOT_LOOPBACK' })
  }
})

test('port 0 takes a free port and tells it; a taken one is told with the reason', async () => {
  const options = { facts: facts(a), peers: [], events: new Recorder() }
  const transport = await openGrpcTransport({ ...options, listen: { host: '127.0.0.1', port: 0 } })
  opened.push(transport)
  expect(transport.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/)
  const port = Number(transport.address.split(':')[1])
  const taken = openGrpcTransport({ ...options, listen: { host: '127.0.0.1', port } })
  await expect(taken).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
  await expect(taken).rejects.toThrow('another program listens there')
})
