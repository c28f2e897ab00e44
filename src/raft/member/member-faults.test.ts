import { expect, test } from 'vitest'
import { Proposer, randomOf, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

/**
 * Random faults on a virtual cluster: crashes with and without loss of power, at random writes; cuts; silent losses;
 * clients that propose to whoever says that it leads. What must hold is checked after every step.
 */
async function run(
  seed: number,
  options: { readonly damage?: boolean; readonly transfers?: boolean } = {},
): Promise<{ committed: number; crashes: number; elections: number; damages: number; transfers: number }> {
  const random = randomOf(seed)
  const cluster = new VirtualCluster({ size: 3, seed })
  await cluster.startAll()
  const history: string[] = []
  const proposers = new Map<string, { proposer: Proposer; seen: number }>()
  const counts = { committed: 0, crashes: 0, elections: 0, damages: 0, transfers: 0 }
  let proposed = 0

  const check = () => {
    for (const peer of cluster.peers) {
      for (const [index, entry] of peer.applied.entries()) {
        // State machine safety (thesis §3.6.3): at each index all peers apply the same entry, for ever.
        if (entry === undefined || entry === (history[index] ??= entry)) continue
        throw new Error(`seed ${seed}: ${peer.name} applied "${entry}" at ${index}, another "${history[index]}"`)
      }
    }
    const holders = cluster.peers.filter(({ member }) => member && member.lease().endsAtNs > cluster.clock.nowNs())
    const deaths = cluster.peers.flatMap((peer) => [...peer.deaths, ...peer.events.damages])
    if (holders.length > 1) throw new Error(`seed ${seed}: ${holders.map((peer) => peer.name).join()} hold the lease`)
    if (deaths.length > 0) throw new Error(`seed ${seed}: ${deaths.join()}`)
  }

  const propose = () => {
    const leader = cluster.leader()
    if (leader === undefined) return
    const key = `${leader.name} ${termOf(leader)}`
    const known = proposers.get(key) ?? { proposer: new Proposer(leader), seen: leader.events.refusals.length }
    proposers.set(key, known)
    if (leader.events.refusals.length > known.seen) return
    for (let count = random(5); count >= 0; count--) known.proposer.propose(`w${++proposed}`)
  }

  const transfer = async () => {
    const answer = cluster.leader()?.member?.transferLeader(cluster.peers[random(3)]!.id)
    await cluster.settle()
    // Of a leader that crashes meanwhile nobody hears.
    void answer?.then(({ ok }) => (counts.transfers += ok ? 1 : 0))
  }

  const crash = (peer: VirtualPeer) => {
    counts.crashes++
    const kind = random(2) === 0 ? 'process' : 'power'
    cluster.crash(peer, { atWrite: 20 + random(200), kind, random })
    if (options.damage === true && random(2) === 0 && mayDamage(peer)) damage(peer)
  }

  // One at a time: two of three that have lost the same entry cannot get it back from anybody.
  let damaged: VirtualPeer | undefined
  const mayDamage = (peer: VirtualPeer) => {
    if (damaged?.events.repairs.at(-1) === '') damaged = undefined
    return damaged === undefined || damaged === peer
  }

  const damage = (peer: VirtualPeer) => {
    const pairs = peer.disk.databases.get('raft/log')!
    const entries = [...pairs.keys()].filter((key) => key.startsWith('\u0001')).sort()
    const from = random(entries.length)
    const until = random(2) === 0 ? entries.length : from + 1
    // The end lost and the witness with it could not be told from a log that never had it: two files at once.
    for (const key of random(8) === 0 ? pairs.keys() : entries.slice(from, until)) pairs.delete(key)
    damaged = peer
    counts.damages++
  }

  for (let step = 0; step < 60; step++) {
    const peer = cluster.peers[random(3)]!
    const other = cluster.peers[random(3)]!
    const fault = random(12)
    if (fault === 0 && peer.member !== undefined) crash(peer)
    if (fault === 1) cluster.network.cut(peer.id, other.id, random(2) === 0)
    if (fault === 2) cluster.network.isolate(peer.id, random(2) === 0)
    if (fault === 3) cluster.network.drop(peer.id, random(2) === 0)
    for (const struck of cluster.peers.filter(({ member, disk }) => member !== undefined && disk.crashed)) crash(struck)
    for (const down of cluster.peers.filter(({ member }) => member === undefined)) {
      if (random(3) === 0) await cluster.start(down)
    }
    propose()
    if (options.transfers === true && random(3) === 0) await transfer()
    await cluster.pass(random(4) === 0 ? 1500 : 50 * (1 + random(6)), check)
  }

  // Liveness: once everything is mended, everybody applies everything that was committed, and one thing more.
  for (const peer of cluster.peers) {
    cluster.network.isolate(peer.id, false)
    cluster.network.drop(peer.id, false)
    if (peer.disk.crashed) crash(peer)
    if (peer.member !== undefined) cluster.crash(peer)
    peer.disk = peer.disk.restart()
  }
  for (const peer of cluster.peers) await cluster.start(peer)
  const leader = await cluster.electedLeader()
  new Proposer(leader).propose('last')
  await cluster.until(() => cluster.peers.every((peer) => peer.applied.at(-1)?.endsWith(' last') === true))
  check()
  for (const peer of cluster.peers) expect(peer.applied.length).toBe(history.length)
  counts.committed = history.length
  counts.elections = termOf(leader)
  return counts
}

test('under crashes, cuts and losses all peers apply the same entries, and mended they all go on', async () => {
  const totals = { committed: 0, crashes: 0, elections: 0 }
  for (let seed = 1; seed <= 60; seed++) {
    const counts = await run(seed)
    for (const name of ['committed', 'crashes', 'elections'] as const) totals[name] += counts[name]
  }
  // A run that does nothing proves nothing.
  expect(totals.committed).toBeGreaterThan(2000)
  expect(totals.crashes).toBeGreaterThan(200)
  expect(totals.elections).toBeGreaterThan(200)
})

test('a peer that lost entries is repaired under all of it, and no entry that was committed with its help is lost', async () => {
  const totals = { committed: 0, crashes: 0, damages: 0 }
  for (let seed = 1001; seed <= 1080; seed++) {
    const counts = await run(seed, { damage: true })
    for (const name of ['committed', 'crashes', 'damages'] as const) totals[name] += counts[name]
  }
  expect(totals.committed).toBeGreaterThan(1500)
  expect(totals.damages).toBeGreaterThan(40)
})

test('leadership is handed over again and again under all of it, and nobody ever shares a lease', async () => {
  const totals = { committed: 0, crashes: 0, transfers: 0 }
  for (let seed = 2001; seed <= 2080; seed++) {
    const counts = await run(seed, { transfers: true, damage: seed % 2 === 0 })
    for (const name of ['committed', 'crashes', 'transfers'] as const) totals[name] += counts[name]
  }
  expect(totals.committed).toBeGreaterThan(2000)
  expect(totals.crashes).toBeGreaterThan(200)
  expect(totals.transfers).toBeGreaterThan(100)
})
