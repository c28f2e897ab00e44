import { expect, test } from 'vitest'
import { entryKey } from '../store/keys.ts'
import type { Crash } from '../store/memory-disk.ts'
import { Proposer, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

const compactionLimits = { entriesMax: 40, bytesMax: 100_000, tail: { entriesMax: 10, bytesMax: 50_000 } }

/** A cluster that writes, whoever leads. */
class Writing {
  readonly cluster: VirtualCluster
  readonly #proposers = new Map<number, Proposer>()
  #last = 0

  constructor(cluster: VirtualCluster) {
    this.cluster = cluster
  }

  /** Proposes texts and waits until the leader has applied them. */
  async write(count: number): Promise<void> {
    const leader = await this.cluster.electedLeader()
    const proposer = this.#proposers.get(termOf(leader)) ?? new Proposer(leader)
    this.#proposers.set(termOf(leader), proposer)
    for (let at = 0; at < count; at++) proposer.propose(`w${++this.#last}`)
    await this.cluster.until(() => texts(leader).at(-1) === `w${this.#last}`)
  }

  /** All that was written, in order. */
  get written(): string[] {
    return Array.from({ length: this.#last }, (_, at) => `w${at + 1}`)
  }

  async untilAllHaveIt(peers: readonly VirtualPeer[] = this.cluster.peers): Promise<void> {
    await this.cluster.until(() => peers.every((peer) => texts(peer).at(-1) === `w${this.#last}`), 60_000)
    for (const peer of peers) expect(texts(peer)).toEqual(this.written)
  }
}

function texts(peer: VirtualPeer): string[] {
  return peer.applied.flatMap((entry) => (/ w\d+$/.test(entry ?? '') ? [entry.split(' ')[1]!] : []))
}

async function started(seed: number): Promise<Writing> {
  const cluster = new VirtualCluster({ size: 3, seed, compactionLimits })
  await cluster.startAll()
  return new Writing(cluster)
}

const arrivals = (peer: VirtualPeer) => peer.events.order.filter((event) => event.startsWith('snapshot arrived'))

test('a peer that is too far behind catches up by a snapshot, and goes on by the log', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const writing = await started(seed)
    const { cluster } = writing
    await writing.write(10)
    const leader = await cluster.electedLeader()
    const behind = cluster.peers.find((peer) => peer !== leader)!
    await writing.untilAllHaveIt()
    cluster.crash(behind)
    for (let round = 0; round < 3; round++) {
      await writing.write(40)
      await cluster.pass(1200)
    }
    await cluster.start(behind)
    await writing.write(5)
    await writing.untilAllHaveIt()
    expect(leader.events.order).toContain('snapshot wanted')
    // Its log begins behind the snapshot, and holds after another start.
    cluster.crash(behind)
    await cluster.start(behind)
    expect(behind.events.damages).toEqual([])
    expect(behind.events.repairs).toEqual([])
    await writing.write(5)
    await writing.untilAllHaveIt()
    for (const peer of cluster.peers) expect(peer.deaths).toEqual([])
  }
})

test('a snapshot is gone on with after cuts, and after the death of the leader that sent it, with writes going on', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const writing = await started(seed)
    const { cluster } = writing
    const leader = await cluster.electedLeader()
    const [behind, other] = cluster.peers.filter((peer) => peer !== leader) as [VirtualPeer, VirtualPeer]
    cluster.crash(behind)
    for (let round = 0; round < 4; round++) {
      await writing.write(40)
      await cluster.pass(1200)
    }
    await cluster.start(behind)
    await cluster.until(() => leader.events.order.includes('snapshot wanted'))
    cluster.network.cut(leader.id, behind.id, true)
    await cluster.pass(300)
    cluster.network.cut(leader.id, behind.id, false)
    await cluster.pass(10 * seed)
    cluster.crash(leader)
    await cluster.until(() => cluster.leader() === other || cluster.leader() === behind, 30_000)
    await writing.write(3)
    await cluster.start(leader)
    await writing.write(60)
    await writing.untilAllHaveIt()
    for (const peer of cluster.peers) expect(peer.deaths).toEqual([])
  }
})

test('a peer whose log lost entries that no other log holds any more is repaired by a snapshot, and votes again', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const writing = await started(seed)
    const { cluster } = writing
    const leader = await cluster.electedLeader()
    const damaged = cluster.peers.find((peer) => peer !== leader)!
    await writing.write(20)
    await writing.untilAllHaveIt()
    cluster.crash(damaged)
    for (let index = 5; index < 1000; index++) {
      const key = Buffer.from(entryKey(index)).toString('latin1')
      if (!damaged.disk.databases.get('raft/log')!.delete(key)) break
    }
    for (let round = 0; round < 3; round++) {
      await writing.write(40)
      await cluster.pass(1200)
    }
    await cluster.start(damaged)
    expect(damaged.events.repairs).toHaveLength(1)
    await writing.untilAllHaveIt()
    await cluster.until(() => damaged.events.repairs.at(-1) === '')
    cluster.crash(await cluster.electedLeader())
    await writing.write(5)
    await writing.untilAllHaveIt(cluster.peers.filter((peer) => peer.member !== undefined))
  }
})

test('a peer that lost its state, and whose own log no longer begins with the first entry, is repaired by a snapshot', async () => {
  const writing = await started(2)
  const { cluster } = writing
  for (let round = 0; round < 3; round++) {
    await writing.write(40)
    await cluster.pass(1200)
  }
  const leader = await cluster.electedLeader()
  const stateless = cluster.peers.find((peer) => peer !== leader)!
  cluster.crash(stateless)
  stateless.applied.length = 0
  await cluster.start(stateless)
  expect(stateless.events.repairs[0]).toMatch(/the log begins behind entry \d+, and the state only reaches entry 0/)
  await writing.untilAllHaveIt()
  await cluster.until(() => stateless.events.repairs.at(-1) === '')
  expect(arrivals(stateless)).toEqual([])
})

test.each(['while it receives', 'while it installs'])(
  'a crash at any write of a peer %s leaves one that catches up all the same, and loses nothing',
  async (when) => {
    let interrupted = 0
    for (let atWrite = 1; atWrite <= 9; atWrite++) {
      const writing = await started(3)
      const { cluster } = writing
      const leader = await cluster.electedLeader()
      const behind = cluster.peers.find((peer) => peer !== leader)!
      await writing.write(5)
      await writing.untilAllHaveIt()
      const kind = atWrite % 2 === 0 ? 'power' : 'process'
      const crash: Crash = { atWrite, kind, random: (below) => atWrite % below }
      behind.nextCrash = when === 'while it installs' ? crash : undefined
      cluster.crash(behind, when === 'while it receives' ? crash : undefined)
      for (let round = 0; round < 2; round++) {
        await writing.write(40)
        await cluster.pass(1200)
      }
      await cluster.startUnlessCrashed(behind)
      await cluster.pass(2000)
      if (behind.disk.crashed) interrupted++
      behind.nextCrash = undefined
      cluster.crash(behind)
      await cluster.start(behind)
      await writing.write(3)
      await writing.untilAllHaveIt()
      for (const peer of cluster.peers) expect(peer.deaths).toEqual([])
    }
    expect(interrupted).toBeGreaterThan(5)
  },
)
