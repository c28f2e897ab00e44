import { randomInt } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { clusterIdOf, peerIdOf } from '../store/cluster-id.ts'
import { MemoryDisk } from '../store/memory-disk.ts'
import { freeAddress } from '../transport/free-port.ts'
import { openGrpcTransport } from '../transport/grpc-transport.ts'
import { systemClock } from './clock.ts'
import { EventRecorder } from './event-recorder.ts'
import { startInProcessMember } from './in-process-member.ts'
import type { LogRecord, Member } from './port.ts'

/** Members in this process, with real connections over loopback. Memory disks: a killed one starts again. */
interface Peer {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly port: number
  readonly address: string
  disk: MemoryDisk
  events: EventRecorder
  running: { readonly member: Member; kill(): void } | undefined
}

const deadline = { timeout: 20_000, interval: 5 }
let peers: Peer[] = []
/** Of them the initial ones. */
let initial: Peer[] = []
let clusterId = ''
let lives = 0
const logged: LogRecord[] = []

afterEach(() => {
  for (const peer of peers) peer.running?.kill()
})

/** Three initial peers, and those of these names that join later. */
async function setUp(...spares: string[]): Promise<void> {
  const places = await Promise.all(['a', 'b', 'c', ...spares].map(async (name) => ({ name, ...(await freeAddress()) })))
  clusterId = clusterIdOf({ peers: places.slice(0, 3), token: 'three' })
  peers = places.map((place) => ({
    ...place,
    id: peerIdOf({ clusterId, name: place.name }),
    disk: new MemoryDisk(),
    events: new EventRecorder(),
    running: undefined,
  }))
  initial = peers.slice(0, 3)
}

async function start(peer: Peer): Promise<void> {
  peer.events = new EventRecorder()
  const { host, port, events } = peer
  const joins = !initial.includes(peer)
  // Who joins need not know anybody: the leader dials it.
  const known = joins ? [peer] : initial
  const settings = {
    dataDir: '/memory',
    listen: { host, port },
    clusterId,
    self: peer.id,
    peers: known.map(({ id, name, address }) => ({ id, name, address })),
    joins,
    appliedIndex: 0,
    stateVersions: { min: 1, max: 1 },
    sealingKeyFingerprint: Uint8Array.of(1),
  }
  const keep = events.committed.bind(events)
  events.committed = (entries) => {
    keep(entries)
    const last = entries.at(-1)!.index
    // Main applies in a later turn, as it does in life.
    setImmediate(() => peer.running?.member.applied(last))
  }
  peer.running = await startInProcessMember(settings, events, {
    disk: peer.disk,
    clock: systemClock,
    random: (below) => randomInt(below),
    incarnation: `life${++lives}`,
    log: (record) => logged.push(record),
    die: (code, reason) => {
      throw new Error(`${peer.name} dies: ${code}: ${reason}`)
    },
    openTransport: async (facts, transportEvents) =>
      openGrpcTransport({ listen: { host, port }, facts, peers: known, events: transportEvents }),
  })
}

function kill(peer: Peer): void {
  peer.running?.kill()
  peer.running = undefined
  peer.disk = peer.disk.restart()
}

function leading(): Peer | undefined {
  return peers.find((peer) => {
    const leadership = peer.events.leaderships.at(-1)
    return (
      peer.running !== undefined &&
      leadership?.role === 'leader' &&
      peer.events.entries.some(({ index }) => index === leadership.firstIndex)
    )
  })
}

async function elected(): Promise<Peer> {
  await expect.poll(leading, deadline).toBeDefined()
  return leading()!
}

/** Proposes numbered texts as one leader's main does. */
function proposeAll(leader: Peer, range: { readonly from: number; readonly to: number }): void {
  const { term } = leader.events.leaderships.at(-1)!
  for (let number = range.from; number <= range.to; number++) {
    const previous = number === range.from ? 0 : number
    leader.running!.member.propose({ term, number: number + 1, previous, data: Buffer.from(`w${number}`) })
  }
}

const textsOf = (peer: Peer) => peer.events.entries.map(({ text }) => text).filter((text) => text !== '')
const wanted = (count: number) => Array.from({ length: count }, (_, at) => `w${at + 1}`)

test('a connection that changes is logged with what is true of it', async () => {
  await setUp()
  logged.length = 0
  await Promise.all(peers.map(start))
  const changes = () => logged.filter(({ message }) => message === 'a connection to a peer has changed')
  await expect
    .poll(() => changes().map(({ fields }) => fields), deadline)
    .toContainEqual({ peer: peers[0]!.id, outgoing: true, incoming: true })
})

test('three members elect, replicate a thousand proposals, lose their leader, go on, and catch up', async () => {
  await setUp()
  for (const peer of peers) await start(peer)
  const first = await elected()
  proposeAll(first, { from: 1, to: 1000 })
  for (const peer of peers) {
    await expect.poll(() => textsOf(peer).length, deadline).toBe(1000)
    expect(textsOf(peer)).toEqual(wanted(1000))
  }

  const { term } = first.events.leaderships.at(-1)!
  for (const peer of peers) {
    const read = await peer.running!.member.readIndex(10_000)
    expect(read).toEqual({ ok: true, index: first.events.entries.at(-1)!.index, leader: first.id, term })
  }
  // On a machine that is busy otherwise a lease may lapse for a moment; it comes back with the next round.
  await expect.poll(() => first.running!.member.lease().term, deadline).toBe(term)

  kill(first)
  await expect.poll(() => leading()?.name, deadline).not.toBeUndefined()
  const second = await elected()
  expect(second).not.toBe(first)
  proposeAll(second, { from: 1001, to: 1200 })
  for (const peer of peers.filter((other) => other !== first)) {
    await expect.poll(() => textsOf(peer).length, deadline).toBe(1200)
  }

  await start(first)
  await expect.poll(() => textsOf(first).length, deadline).toBe(1200)
  for (const peer of peers) expect(textsOf(peer)).toEqual(wanted(1200))
  const read = await first.running!.member.readIndex(10_000)
  expect(read).toMatchObject({ ok: true })
}, 60_000)

test('a deposed leader refuses by number what its main proposes late', async () => {
  await setUp()
  for (const peer of peers) await start(peer)
  const first = await elected()
  const { term } = first.events.leaderships.at(-1)!
  first.running!.member.propose({ term: term - 1, number: 1, previous: 0, data: Buffer.of(1) })
  first.running!.member.propose({ term, number: 5, previous: 3, data: Buffer.of(1) })
  await expect
    .poll(() => first.events.refusals, deadline)
    .toEqual([
      { term: term - 1, number: 1, reason: 'term' },
      { term, number: 5, reason: 'gap' },
    ])
  for (const peer of peers.filter((other) => other !== first)) kill(peer)
  await expect.poll(() => first.events.leaderships.at(-1)!.role, deadline).toBe('follower')
  expect(first.running!.member.lease().term).toBe(0)
  first.running!.member.propose({ term, number: 6, previous: 0, data: Buffer.of(1) })
  await expect.poll(() => first.events.refusals.at(-1), deadline).toEqual({ term, number: 6, reason: 'term' })
}, 60_000)

test('a peer is replaced while writes go on, its successor has all of them, and goes on without two of the first three', async () => {
  await setUp('d')
  for (const peer of peers) await start(peer)
  const d = peers[3]!
  const leader = await elected()
  const leaver = initial.find((peer) => peer !== leader)!
  proposeAll(leader, { from: 1, to: 500 })
  const change = {
    transition: 'joint_implicit' as const,
    steps: [
      { kind: 'add_voter' as const, peer: { id: d.id, name: d.name, address: d.address } },
      { kind: 'remove' as const, peer: { id: leaver.id, name: '', address: '' } },
    ],
  }
  const answer = await leader.running!.member.proposeConfChange(change)
  expect(answer).toMatchObject({ ok: true })
  const rest = peers.filter((peer) => peer !== leaver)
  for (const peer of rest) {
    await expect.poll(() => textsOf(peer).length, deadline).toBe(500)
    await expect
      .poll(() => peer.events.configurations.at(-1), deadline)
      .toMatchObject({ voters: rest.map(({ id }) => id).sort(), votersOutgoing: [], autoLeave: false })
  }
  // It learns that it has left, and is spoken with no more.
  await expect
    .poll(() => leaver.events.configurations.at(-1)?.voters, deadline)
    .toEqual(rest.map(({ id }) => id).sort())
  await expect.poll(() => leaver.events.connections.at(-1)?.connected, deadline).toBe(false)

  // Handed over to the new one, which then needs one of the two that are left.
  await expect
    .poll(async () => (await leader.running!.member.transferLeader(d.id)).ok || leading() === d, deadline)
    .toBe(true)
  await expect.poll(() => leading()?.name, deadline).toBe('d')
  kill(leader)
  kill(leaver)
  const { term } = d.events.leaderships.at(-1)!
  expect(await d.running!.member.readIndex(10_000)).toMatchObject({ ok: true, leader: d.id, term })
  proposeAll(d, { from: 501, to: 600 })
  const other = rest.find((peer) => peer !== d && peer !== leader)!
  for (const peer of [d, other]) await expect.poll(() => textsOf(peer).length, deadline).toBe(600)
  expect(textsOf(d)).toEqual(wanted(600))
}, 60_000)
