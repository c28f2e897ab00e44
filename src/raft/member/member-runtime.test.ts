import { expect, test } from 'vitest'
import { deliveredEntriesMax, leaseMs, silentDiskTicks, storageStallTicks, tickMs } from './limits.ts'
import type { ReadIndexAnswer } from './port.ts'
import { Proposer, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

async function started(size: number, seed = 1): Promise<VirtualCluster> {
  const cluster = new VirtualCluster({ size, seed })
  await cluster.startAll()
  return cluster
}

/** What a peer has applied, without the configuration and the empty entries of leaders. */
function texts(peer: VirtualPeer): string[] {
  return peer.applied.map((entry) => entry.split(' ')[1]!).filter((text) => text !== '' && text !== 'conf_change')
}

async function answerOf(cluster: VirtualCluster, reading: Promise<ReadIndexAnswer>): Promise<ReadIndexAnswer> {
  const known: { answer?: ReadIndexAnswer } = {}
  void reading.then((answer) => (known.answer = answer))
  await cluster.until(() => known.answer !== undefined)
  return known.answer!
}

test('a lone voter elects itself, and what it commits is on its disk', async () => {
  const cluster = await started(1)
  const leader = await cluster.electedLeader()
  const proposer = new Proposer(leader)
  for (let number = 1; number <= 20; number++) proposer.propose(`w${number}`)
  await cluster.until(() => texts(leader).length === 20)
  cluster.crash(leader)
  leader.applied.length = 0
  await cluster.start(leader)
  await cluster.until(() => texts(leader).length === 20)
  expect(texts(leader)).toEqual(Array.from({ length: 20 }, (_, at) => `w${at + 1}`))
})

test('three peers elect one leader, which is told its first index before any entry of its term (rule 1)', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const { term, firstIndex } = leader.events.leaderships.at(-1)!
  expect(firstIndex).toBe(2)
  const { order } = leader.events
  expect(order.indexOf(`leadership leader ${term}`)).toBeLessThan(order.indexOf(`committed ${firstIndex}`))
  await cluster.until(() => cluster.peers.every((peer) => peer.applied.length === 3))
  for (const peer of cluster.peers) {
    expect(peer.events.leaderships.at(-1)).toMatchObject({ term, leader: leader.id })
    expect(peer.events.entries.map(({ index, type }) => `${index} ${type}`)).toEqual(['1 conf_change', '2 normal'])
  }
})

test('a thousand proposals are applied once and in order by every peer', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const proposer = new Proposer(leader)
  for (let number = 1; number <= 1000; number++) {
    proposer.propose(`w${number}`)
    if (number % 50 === 0) await cluster.settle()
  }
  await cluster.until(() => cluster.peers.every((peer) => texts(peer).length === 1000))
  const wanted = Array.from({ length: 1000 }, (_, at) => `w${at + 1}`)
  for (const peer of cluster.peers) expect(texts(peer)).toEqual(wanted)
  const status = leader.member!.status()
  await cluster.settle()
  expect(await status).toMatchObject({
    role: 'leader',
    proposalsAppended: 1000,
    proposalsRefused: 0,
  })
  // Group commit: far fewer synced batches than entries.
  expect((await status).syncs).toBeLessThan(200)
})

test('what a deposed leader proposes is refused by its number, and never appended (rule 6)', async () => {
  const cluster = await started(3)
  const old = await cluster.electedLeader()
  const proposer = new Proposer(old)
  proposer.propose('before')
  await cluster.until(() => cluster.peers.every((peer) => texts(peer).length === 1))
  cluster.network.isolate(old.id, true)
  await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== old)
  await cluster.until(() => old.events.leaderships.at(-1)?.role !== 'leader')
  const number = proposer.propose('late')
  cluster.network.isolate(old.id, false)
  await cluster.pass(3000)
  expect(old.events.refusals).toEqual([{ term: expect.any(Number) as number, number, reason: 'term' }])
  for (const peer of cluster.peers) expect(texts(peer)).toEqual(['before'])
})

test('an entry that only a deposed leader holds is replaced, on its disk too', async () => {
  const cluster = await started(3)
  const old = await cluster.electedLeader()
  cluster.network.isolate(old.id, true)
  const proposer = new Proposer(old)
  for (const text of ['lost1', 'lost2', 'lost3']) proposer.propose(text)
  await cluster.until(() => cluster.leader() !== old)
  const next = await cluster.electedLeader()
  new Proposer(next).propose('kept')
  await cluster.pass(500)
  cluster.network.isolate(old.id, false)
  await cluster.until(() => cluster.peers.every((peer) => texts(peer).includes('kept')))
  cluster.crash(old)
  await cluster.start(old, { appliedIndex: 0 })
  await cluster.until(() => old.events.entries.some((entry) => entry.text === 'kept'))
  expect(old.events.entries.map((entry) => entry.text).filter((text) => text !== '')).toEqual(['kept'])
})

test('too much that is not committed is refused, and everything behind it until main goes on in order (rule 7)', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  for (const peer of cluster.peers) if (peer !== leader) cluster.network.cut(leader.id, peer.id, true)
  const proposer = new Proposer(leader)
  const large = 'x'.repeat(4 * 1024 * 1024)
  for (let number = 1; number <= 12; number++) proposer.propose(large)
  await cluster.settle()
  const [first, ...behind] = leader.events.refusals
  expect(first!.reason).toBe('full')
  expect(first!.number).toBeGreaterThan(5)
  expect(behind.map(({ number }) => number)).toEqual(
    Array.from({ length: 12 - first!.number }, (_, at) => first!.number + at + 1),
  )
  expect(new Set(behind.map(({ reason }) => reason))).toEqual(new Set(['gap']))
  proposer.goOnBehind(first!.number - 1)
  proposer.propose('small')
  await cluster.settle()
  expect(leader.events.refusals.at(-1)).toMatchObject({ number: 13, reason: 'full' })
})

test('after a restart main is given what is committed behind what it has applied, and nothing twice', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const proposer = new Proposer(leader)
  for (let number = 1; number <= 50; number++) proposer.propose(`w${number}`)
  await cluster.until(() => cluster.peers.every((peer) => texts(peer).length === 50))
  const [follower] = cluster.peers.filter((peer) => peer !== leader)
  cluster.crash(follower!)
  for (let number = 51; number <= 60; number++) proposer.propose(`w${number}`)
  await cluster.pass(500)
  await cluster.start(follower!, { appliedIndex: 40 })
  await cluster.until(() => texts(follower!).length === 60)
  expect(follower!.events.entries.map(({ index }) => index)).toEqual(
    Array.from({ length: leader.applied.length - 41 }, (_, at) => at + 41),
  )
})

test('a main thread that is stuck is given no more than its credit, and all the rest later', async () => {
  const cluster = await started(1)
  const leader = await cluster.electedLeader()
  leader.isMainStuck = true
  const proposer = new Proposer(leader)
  const count = deliveredEntriesMax + 3000
  for (let number = 1; number <= count; number++) {
    proposer.propose(`w${number}`)
    if (number % 1000 === 0) await cluster.settle()
  }
  await cluster.pass(1000)
  expect(leader.events.entries.length).toBeLessThan(deliveredEntriesMax + 10)
  leader.isMainStuck = false
  leader.member!.applied(leader.events.entries.at(-1)!.index)
  await cluster.until(() => leader.events.entries.at(-1)!.text === `w${count}`)
  expect(leader.events.entries.map(({ index }) => index)).toEqual(
    Array.from({ length: leader.events.entries.length }, (_, at) => at + 1),
  )
})

test('every peer answers reads with an index that covers what was committed before, and says who confirmed it', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  new Proposer(leader).propose('w')
  await cluster.until(() => texts(leader).length === 1)
  const committed = leader.applied.length - 1
  for (const peer of cluster.peers) {
    const answer = await answerOf(cluster, peer.member!.readIndex(1000))
    expect(answer).toEqual({ ok: true, index: committed, leader: leader.id, term: termOf(leader) })
  }
})

test('a read whose round is lost is asked again until a leader answers it', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const [follower] = cluster.peers.filter((peer) => peer !== leader)
  cluster.network.cut(leader.id, follower!.id, true)
  const reading = follower!.member!.readIndex(5000)
  await cluster.pass(300)
  cluster.network.cut(leader.id, follower!.id, false)
  expect(await answerOf(cluster, reading)).toMatchObject({ ok: true })
})

test('a leader without a majority answers no read', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  cluster.network.isolate(leader.id, true)
  const answer = await answerOf(cluster, leader.member!.readIndex(300))
  expect(answer).toEqual({ ok: false, reason: 'timeout' })
})

test('a leader holds a lease while a majority answers, and it has ended before another leader is elected', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = await started(3, seed)
    const leader = await cluster.electedLeader()
    await cluster.pass(500)
    const holders = () =>
      cluster.peers.filter((peer) => peer.member !== undefined && peer.member.lease().endsAtNs > cluster.clock.nowNs())
    expect(holders()).toEqual([leader])
    expect(leader.member!.lease().term).toBe(termOf(leader))
    expect(leader.member!.lease().endsAtNs - cluster.clock.nowNs()).toBeGreaterThan(BigInt(leaseMs - 300) * 1_000_000n)
    // A cable is cut for messages alone, so nothing but time tells the old leader.
    cluster.network.drop(leader.id, true)
    await cluster.pass(5000, () => {
      expect(holders().length).toBeLessThanOrEqual(1)
      if (cluster.leader() !== leader) expect(holders()).not.toContain(leader)
    })
    expect(holders()).toEqual([cluster.leader()])
    expect(cluster.leader()).not.toBe(leader)
  }
})

test('a leader whose connections to a majority reset has no lease any more, in that very turn', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  await cluster.pass(500)
  expect(leader.member!.lease().term).toBe(termOf(leader))
  cluster.network.isolate(leader.id, true)
  expect(leader.member!.lease()).toEqual({ term: 0, endsAtNs: 0n })
})

test('when the process of the leader is gone, another one leads within a fraction of a second', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = await started(3, seed)
    const leader = await cluster.electedLeader()
    await cluster.pass(1000)
    cluster.crash(leader)
    await cluster.until(() => cluster.leader() !== undefined, 700)
    await cluster.electedLeader()
  }
})

test('a damaged peer is told so, answers no read, votes for nobody, and the others go on', async () => {
  const cluster = new VirtualCluster({ size: 3, seed: 4 })
  await cluster.startAll()
  const leader = await cluster.electedLeader()
  const [follower] = cluster.peers.filter((peer) => peer !== leader)
  cluster.crash(follower!)
  for (const name of ['vote.0', 'vote.1']) follower!.disk.fileMap.delete(`raft/${name}`)
  await cluster.start(follower!)
  expect(follower!.events.damages).toEqual([expect.stringContaining('the vote is lost')])
  expect(await answerOf(cluster, follower!.member!.readIndex(100))).toEqual({ ok: false, reason: 'damaged' })
  follower!.member!.propose({ term: 9, number: 1, previous: 0, data: Buffer.of(1) })
  await cluster.settle()
  expect(follower!.events.refusals).toMatchObject([{ number: 1, reason: 'term' }])
  const status = follower!.member!.status()
  await cluster.settle()
  expect((await status).damaged).toContain('the vote is lost')
  new Proposer(leader).propose('w')
  await cluster.until(() => texts(leader).length === 1)
  // Without the leader, the one that is left gets no vote from the damaged one.
  cluster.crash(leader)
  await cluster.pass(10_000)
  expect(cluster.leader()).toBeUndefined()
  expect(follower!.events.entries).toEqual([])
})

test('a peer whose state is damaged takes no part, and leaves its log as it is', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  const [follower, fresh] = cluster.peers.filter((peer) => peer !== leader)
  cluster.crash(follower!)
  const before = new Map(follower!.disk.fileMap)
  await cluster.start(follower!, { damaged: 'its state is not that of the others' })
  expect(follower!.events.damages).toEqual(['its state is not that of the others'])
  cluster.crash(leader)
  await cluster.pass(10_000)
  expect(cluster.leader()).toBeUndefined()
  expect(follower!.disk.fileMap).toEqual(before)
  // Not even a log that is missing is made: it would give votes a second time.
  cluster.crash(fresh!)
  for (const path of fresh!.disk.fileMap.keys()) fresh!.disk.fileMap.delete(path)
  await cluster.start(fresh!, { damaged: 'its state was in use before it was made' })
  expect([...fresh!.disk.fileMap.keys()]).toEqual([])
})

test('a lone voter with a damaged log does not start', async () => {
  const cluster = await started(1)
  const leader = await cluster.electedLeader()
  cluster.crash(leader)
  leader.disk.fileMap.delete('raft/witness')
  await expect(cluster.start(leader)).rejects.toMatchObject({ code: 'LONE_PEER_DAMAGED' })
})

test('a peer whose log is gone while its state is there does not begin anew', async () => {
  const cluster = await started(3)
  await cluster.electedLeader()
  const peer = cluster.peer('b')
  cluster.crash(peer)
  for (const path of peer.disk.fileMap.keys()) peer.disk.fileMap.delete(path)
  peer.disk.directories.clear()
  peer.disk.databases.clear()
  await cluster.start(peer)
  expect(peer.events.damages).toEqual([expect.stringContaining('the log is missing, but entry')])
})

test('a rejected write ends the process, and nothing is acknowledged after it', async () => {
  const cluster = await started(1)
  const leader = await cluster.electedLeader()
  leader.disk.write = async () => Promise.reject(new Error('EIO: i/o error, fdatasync'))
  new Proposer(leader).propose('w')
  await cluster.pass(1000)
  expect(leader.deaths[0]).toBe('log_write_failed: EIO: i/o error, fdatasync')
  expect(texts(leader)).toEqual([])
})

test('a write that does not end ends the process, but not before its time', async () => {
  const cluster = await started(1)
  const leader = await cluster.electedLeader()
  leader.disk.write = async () => new Promise(() => {})
  new Proposer(leader).propose('w')
  await cluster.pass((storageStallTicks - 5) * tickMs)
  expect(leader.deaths).toEqual([])
  await cluster.pass(10 * tickMs)
  expect(leader.deaths[0]).toContain('log_write_stalled')
})

test('a leader whose disk does not answer loses its lease at once, and its leadership to a peer whose disk does', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = new VirtualCluster({ size: 3, seed })
    await cluster.startAll()
    const leader = await cluster.electedLeader()
    await cluster.pass(1000)
    expect(leader.member!.lease().term).toBe(termOf(leader))
    // Its followers would acknowledge what it sends, and commit it without its disk, for ever.
    leader.disk.write = async () => new Promise(() => {})
    new Proposer(leader).propose('w')
    await cluster.pass((silentDiskTicks + 2) * tickMs)
    expect(leader.member!.lease().term).toBe(0)
    await cluster.until(() => leader.events.leaderships.at(-1)!.role === 'follower', 2500)
    await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, 2500)
    const next = await cluster.electedLeader()
    new Proposer(next).propose('after')
    await cluster.until(() => texts(next).includes('after'))
    expect(leader.deaths).toEqual([])
  }
})

test('a leader whose disk answers again in time goes on to lead, and has its lease again', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  await cluster.pass(1000)
  const write = leader.disk.write.bind(leader.disk)
  const held: (() => void)[] = []
  leader.disk.write = async (effect) => new Promise<void>((resolve) => held.push(() => (effect(), resolve())))
  new Proposer(leader).propose('w')
  await cluster.pass((silentDiskTicks + 4) * tickMs)
  expect(leader.member!.lease().term).toBe(0)
  leader.disk.write = write
  for (const release of held) release()
  await cluster.pass(500)
  expect(leader.member!.lease().term).toBe(termOf(leader))
  expect(cluster.leader()).toBe(leader)
})

test('relays reach the main thread of the other peer, and a lost connection is told', async () => {
  const cluster = await started(3)
  const [a, b] = [cluster.peer('a'), cluster.peer('b')]
  await cluster.settle()
  expect(a.member!.relay(b.id, Buffer.from('hello'))).toBe(true)
  await cluster.settle()
  expect(b.events.relays).toEqual([{ from: a.id, text: 'hello' }])
  cluster.crash(b)
  await cluster.settle()
  expect(a.events.connections.filter(({ peer }) => peer === b.id).map(({ connected }) => connected)).toEqual([
    true,
    false,
  ])
  expect(a.member!.relay(b.id, Buffer.from('hello'))).toBe(false)
})

test('after stop the log is closed, and the peer starts again from it', async () => {
  const cluster = await started(3)
  const leader = await cluster.electedLeader()
  new Proposer(leader).propose('w')
  await cluster.until(() => texts(leader).length === 1)
  const stopped = leader.member!.stop()
  const reading = leader.member!.readIndex(100)
  await cluster.settle()
  await stopped
  expect(await reading).toEqual({ ok: false, reason: 'stopped' })
  expect(leader.member!.lease()).toEqual({ term: 0, endsAtNs: 0n })
  leader.member = undefined
  leader.disk = leader.disk.restart()
  await cluster.start(leader)
  const next = await cluster.electedLeader()
  new Proposer(next).propose('v')
  await cluster.until(() => cluster.peers.every((peer) => texts(peer).join() === 'w,v'))
})

test('peers start in any order, and wait for each other', async () => {
  const cluster = new VirtualCluster({ size: 3, seed: 2 })
  await cluster.start(cluster.peer('c'))
  await cluster.pass(5000)
  expect(cluster.leader()).toBeUndefined()
  await cluster.start(cluster.peer('a'))
  await cluster.electedLeader()
  await cluster.start(cluster.peer('b'))
  await cluster.until(() => cluster.peers.every((peer) => peer.applied.length === cluster.leader()!.applied.length))
})
