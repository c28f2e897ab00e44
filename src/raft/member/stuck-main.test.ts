import { expect, test } from 'vitest'
import { mainProbeMs, mainStallMs, tickMs } from './limits.ts'
import type { MemberStatus } from './port.ts'
import { Proposer, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

/** Once main is busy, it is taken for stuck within this time. */
const noticedMs = mainProbeMs + mainStallMs + tickMs

async function started(size: number, seed: number): Promise<{ cluster: VirtualCluster; leader: VirtualPeer }> {
  const cluster = new VirtualCluster({ size, seed })
  await cluster.startAll()
  const leader = await cluster.electedLeader()
  await cluster.pass(500)
  return { cluster, leader }
}

async function statusOf(cluster: VirtualCluster, peer: VirtualPeer): Promise<MemberStatus> {
  const status = peer.member!.status()
  await cluster.settle()
  return status
}

async function electionsWon(cluster: VirtualCluster): Promise<number> {
  let sum = 0
  for (const peer of cluster.peers) sum += (await statusOf(cluster, peer)).electionsWon
  return sum
}

test('a leader whose main is stuck leads no more, and has no lease, before anybody else can lead', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { cluster, leader } = await started(3, seed)
    const others = cluster.peers.filter((peer) => peer !== leader)
    const hasOther = () => others.some((peer) => peer.events.leaderships.at(-1)?.role === 'leader')
    leader.busy(true)
    await cluster.pass(noticedMs)
    expect(leader.member!.lease().term).toBe(0)
    expect(hasOther()).toBe(false)
    await cluster.until(hasOther)
    new Proposer(others.find((peer) => peer.events.leaderships.at(-1)?.role === 'leader')!).propose('w')
    await cluster.until(() => others.every((peer) => peer.applied.some((entry) => entry?.endsWith('w'))))
    leader.busy(false)
    await cluster.until(() => leader.applied.some((entry) => entry?.endsWith('w')))
    expect(leader.events.order.filter((event) => event.includes('leader '))).toHaveLength(1)
  }
})

test('however long it is stuck, it costs one election, and it stands for none until it answers', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { cluster, leader } = await started(3, seed)
    const before = await electionsWon(cluster)
    leader.busy(true)
    await cluster.pass(20_000)
    leader.busy(false)
    await cluster.pass(5_000)
    expect(await electionsWon(cluster)).toBe(before + 1)
    expect(await statusOf(cluster, leader)).toMatchObject({ mainStalls: 1, electionsWon: 1, role: 'follower' })
  }
})

test('of two peers whose mains are stuck neither leads, nor stands again and again, until one answers', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { cluster, leader } = await started(3, seed)
    const [follower, gone] = cluster.peers.filter((peer) => peer !== leader)
    cluster.crash(gone!)
    const { term } = await statusOf(cluster, leader)
    for (const peer of [leader, follower!]) peer.busy(true)
    await cluster.pass(20_000)
    expect([leader, follower!].map((peer) => peer.member!.lease().term)).toEqual([0, 0])
    follower!.busy(false)
    await cluster.until(() => follower!.events.leaderships.at(-1)?.role === 'leader')
    expect(termOf(follower!)).toBe(term + 1)
  }
})

test('a follower whose main is stuck changes nothing for the others', async () => {
  const { cluster, leader } = await started(3, 1)
  const [follower] = cluster.peers.filter((peer) => peer !== leader)
  const [term, won] = [termOf(leader), await electionsWon(cluster)]
  follower!.busy(true)
  await cluster.pass(10_000)
  new Proposer(leader).propose('w')
  await cluster.pass(500)
  follower!.busy(false)
  await cluster.until(() => follower!.applied.some((entry) => entry?.endsWith('w')))
  expect([termOf(leader), await electionsWon(cluster)]).toEqual([term, won])
  expect(await statusOf(cluster, follower!)).toMatchObject({ mainStalls: 1, lateTicks: 0 })
})

test('a main that is busy for less costs nothing, however often', async () => {
  const { cluster, leader } = await started(3, 1)
  const won = await electionsWon(cluster)
  for (let round = 0; round < 5; round++) {
    leader.busy(true)
    await cluster.pass(mainStallMs - tickMs)
    leader.busy(false)
    await cluster.pass(100)
  }
  expect(await electionsWon(cluster)).toBe(won)
  expect(await statusOf(cluster, leader)).toMatchObject({ mainStalls: 0, role: 'leader' })
})

test('a lone voter goes on leading: nobody else could', async () => {
  const { cluster, leader } = await started(1, 1)
  leader.busy(true)
  await cluster.pass(10_000)
  leader.busy(false)
  await cluster.settle()
  expect(await statusOf(cluster, leader)).toMatchObject({ mainStalls: 1, electionsWon: 1, role: 'leader' })
})
