import { expect, test } from 'vitest'
import { chainStart } from '../store/chain.ts'
import { decodeFrame, encodeFrame } from '../store/frame.ts'
import { entryKey } from '../store/keys.ts'
import { isForgetful } from '../transport/hello.ts'
import { Proposer, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

const log = 'raft/log'
const keyOf = (index: number) => Buffer.from(entryKey(index)).toString('latin1')

async function started(seed: number): Promise<VirtualCluster> {
  const cluster = new VirtualCluster({ size: 3, seed })
  await cluster.startAll()
  return cluster
}

/** Takes entries from the log of a peer that does not run; gives how many. */
function loseFrom(peer: VirtualPeer, from: number, until = Infinity): number {
  let lost = 0
  for (let index = from; index < until && peer.disk.databases.get(log)!.delete(keyOf(index)); index++) lost++
  return lost
}

const has = (peer: VirtualPeer, text: string) => peer.applied.some((entry) => entry?.endsWith(` ${text}`))

/** Writes through a leader and waits until these peers have applied it. */
async function write(
  cluster: VirtualCluster,
  leader: VirtualPeer,
  texts: readonly string[],
  by: readonly VirtualPeer[],
) {
  const proposer = new Proposer(leader)
  for (const text of texts) proposer.propose(text)
  await cluster.until(() => by.every((peer) => texts.every((text) => has(peer, text))))
}

async function canRead(cluster: VirtualCluster, peer: VirtualPeer): Promise<boolean> {
  const asked = peer.member!.readIndex(500)
  let ok: boolean | undefined
  void asked.then((answer) => (ok = answer.ok))
  await cluster.until(() => ok !== undefined)
  return ok!
}

const isRepaired = (peer: VirtualPeer) => peer.events.repairs.at(-1) === ''

test('a follower that lost the end of its log gets it back, votes again, and applies nothing twice', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = await started(seed)
    const leader = await cluster.electedLeader()
    const [follower, other] = cluster.peers.filter((peer) => peer !== leader)
    await write(cluster, leader, ['x', 'y', 'z'], cluster.peers)
    cluster.crash(follower!)
    expect(loseFrom(follower!, 3)).toBeGreaterThan(1)
    await cluster.start(follower!)
    expect(follower!.events.repairs).toEqual([
      expect.stringMatching(/it ends with entry 2, but entry \d+ was committed/),
    ])
    expect(await canRead(cluster, follower!)).toBe(false)
    await cluster.until(() => isRepaired(follower!))
    expect(follower!.events.entries.every(({ text }) => !['x', 'y', 'z'].includes(text))).toBe(true)
    expect(await canRead(cluster, follower!)).toBe(true)
    // Its vote counts again: without the leader of now, the other two elect one of them.
    cluster.crash(await cluster.electedLeader())
    const next = await cluster.electedLeader()
    const running = cluster.peers.filter((peer) => peer.member !== undefined)
    await write(cluster, next, ['after'], running)
    for (const peer of running) expect(['x', 'y', 'z', 'after'].every((text) => has(peer, text))).toBe(true)
    expect(other!.events.repairs).toEqual([])
  }
})

test('X is on A and B alone; B loses X while A is down: B does not elect C, and X is there when A is back', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = await started(seed)
    const a = await cluster.electedLeader()
    const [b, c] = cluster.peers.filter((peer) => peer !== a)
    await cluster.pass(500)
    cluster.network.isolate(c!.id, true)
    await write(cluster, a, ['X'], [a, b!])
    cluster.crash(a)
    cluster.crash(b!)
    const index = b!.applied.findIndex((entry) => entry?.endsWith(' X'))
    expect(loseFrom(b!, index)).toBeGreaterThan(0)
    // What main knows is lost with it, or it would show by itself that something is missing.
    b!.applied.length = index
    cluster.network.isolate(c!.id, false)
    await cluster.start(b!)
    expect(b!.events.repairs).toHaveLength(1)
    await cluster.pass(15_000)
    expect(cluster.leader()).toBeUndefined()
    expect(isRepaired(b!)).toBe(false)
    await cluster.start(a)
    await cluster.until(() => isRepaired(b!))
    const leader = await cluster.electedLeader()
    await write(cluster, leader, ['after'], cluster.peers)
    for (const peer of cluster.peers) expect(has(peer, 'X')).toBe(true)
  }
})

test.each([
  ['with a hole in its log', (peer: VirtualPeer) => loseFrom(peer, 3, 4)],
  ['whose log is gone', (peer: VirtualPeer) => peer.disk.databases.delete(log) && peer.disk.directories.delete(log)],
  ['whose log is empty', (peer: VirtualPeer) => peer.disk.databases.get(log)!.clear()],
  ['without its tail witness', (peer: VirtualPeer) => peer.disk.fileMap.delete('raft/witness')],
])('a follower %s is repaired', async (_, damage) => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const follower = cluster.peers.find((peer) => peer !== leader)!
  await write(cluster, leader, ['x', 'y', 'z'], cluster.peers)
  cluster.crash(follower)
  damage(follower)
  await cluster.start(follower)
  expect(follower.events.repairs).toHaveLength(1)
  await cluster.until(() => isRepaired(follower))
  await write(cluster, await cluster.electedLeader(), ['after'], cluster.peers)
  // And it is an ordinary peer from then on.
  cluster.crash(follower)
  await cluster.start(follower)
  expect(follower.events.repairs).toEqual([])
})

test('a crash at any write of a repair leaves a peer that is still repaired, and never one that votes too early', async () => {
  let interrupted = 0
  for (let atWrite = 1; atWrite <= 24; atWrite++) {
    const cluster = await started(7)
    const leader = await cluster.electedLeader()
    const follower = cluster.peers.find((peer) => peer !== leader)!
    await write(cluster, leader, ['x', 'y', 'z'], cluster.peers)
    cluster.crash(follower, { atWrite, kind: 'power', random: (below) => atWrite % below })
    loseFrom(follower, 3)
    await Promise.race([cluster.start(follower).catch(() => {}), cluster.pass(3000)])
    if (follower.disk.crashed) interrupted++
    cluster.crash(follower)
    // The leader is gone: if the peer would vote now, it would show by a leader without the entries.
    await cluster.start(follower)
    await cluster.until(() => follower.events.repairs.length === 0 || isRepaired(follower))
    await write(cluster, await cluster.electedLeader(), ['after'], cluster.peers)
    for (const peer of cluster.peers) expect(['x', 'y', 'z'].every((text) => has(peer, text))).toBe(true)
  }
  expect(interrupted).toBeGreaterThan(8)
})

test('a log that differs from the one of its leader, although each entry agreed, is not believed', async () => {
  const cluster = await started(5)
  const leader = await cluster.electedLeader()
  const follower = cluster.peers.find((peer) => peer !== leader)!
  await write(cluster, leader, ['x', 'y', 'z'], cluster.peers)
  cluster.crash(follower)
  follower.disk.fileMap.delete('raft/witness')
  // The whole log of a peer that wrote something else at the same places: each frame and the chain are whole.
  expect(forge(follower)).toBeGreaterThan(1)
  await cluster.start(follower)
  await cluster.until(() => follower.deaths.length > 0)
  expect(follower.deaths[0]).toMatch(/its log up to entry \d+ is not the one of its leader/)
  expect(isRepaired(follower)).toBe(false)
})

/** Writes the log of a peer anew, with other data; gives the number of entries. */
function forge(peer: VirtualPeer): number {
  const pairs = peer.disk.databases.get(log)!
  let chain = chainStart
  let index = 1
  for (; pairs.has(keyOf(index)); index++) {
    const { entry } = decodeFrame(pairs.get(keyOf(index))!, index)
    const data = entry.type === 'normal' && entry.data.length > 0 ? Buffer.from('forged') : entry.data
    const frame = encodeFrame({ ...entry, data }, chain)
    pairs.set(keyOf(index), frame.bytes)
    chain = frame.chain
  }
  return index - 1
}

test('a peer that others refuse, because it has forgotten what it promised, takes itself out', async () => {
  const cluster = await started(6)
  const leader = await cluster.electedLeader()
  const follower = cluster.peers.find((peer) => peer !== leader)!
  const forgotten =
    'its data directory was made anew since peer x met it: it has forgotten what it promised, and must not'
  // What it reads of its own refusal of others is not about itself.
  expect(isForgetful(`peer y is refused here: ${forgotten} take part under its old id`)).toBe(false)
  cluster.transportEvents(follower).dialFailed(leader.id, `${forgotten} take part under its old id`)
  await cluster.pass(100)
  expect(follower.events.damages).toEqual([expect.stringContaining('was made anew')])
  expect(await canRead(cluster, follower)).toBe(false)
  expect(follower.deaths).toEqual([])
})
