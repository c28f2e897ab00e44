import { expect, test } from 'vitest'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import { Proposer, randomOf, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

type Kind = MembershipChange['steps'][number]['kind']

/** Never fewer, so that one peer that is down, or damaged for ever, leaves a quorum. */
const votersMin = 3

/**
 * Changes of who takes part at random moments, under crashes at random writes, losses of power, cuts and transfers of
 * leadership, with logs that are cut after every few entries. What must hold is checked after every step: at each index
 * all peers apply the same entry and have the same configuration, and nobody shares a lease.
 */
async function run(seed: number): Promise<{ committed: number; crashes: number; changes: number; snapshots: number }> {
  const random = randomOf(seed)
  const isCut = random(2) === 0
  const tail = { entriesMax: 15, bytesMax: 1e9 }
  const limits = isCut ? { compactionLimits: { entriesMax: 30, bytesMax: 1e9, tail } } : {}
  const cluster = new VirtualCluster({ size: 3, spares: 3, seed, ...limits })
  await cluster.startAll()
  const history: string[] = []
  const configurations = new Map<number, string>()
  const proposers = new Map<string, { proposer: Proposer; seen: number }>()
  const counts = { committed: 0, crashes: 0, changes: 0, snapshots: 0 }
  let proposed = 0
  const fail = (what: string) => {
    throw new Error(`seed ${seed}: ${what}`)
  }

  const check = () => {
    for (const peer of cluster.peers) {
      for (const [index, entry] of peer.applied.entries()) {
        if (entry === undefined || entry === (history[index] ??= entry)) continue
        fail(`${peer.name} applied "${entry}" at ${index}, another "${history[index]}"`)
      }
      for (const configuration of peer.events.configurations) {
        const text = JSON.stringify(configuration)
        const known = configurations.get(configuration.index) ?? text
        configurations.set(configuration.index, known)
        if (text !== known) fail(`${peer.name} has ${text} at ${configuration.index}, another ${known}`)
      }
    }
    const holders = cluster.peers.filter(({ member }) => member && member.lease().endsAtNs > cluster.clock.nowNs())
    const deaths = cluster.peers.flatMap((peer) => [...peer.deaths, ...peer.events.damages])
    if (holders.length > 1) fail(`${holders.map((peer) => peer.name).join()} hold the lease`)
    if (deaths.length > 0) fail(deaths.join())
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

  const change = async () => {
    const leader = cluster.leader()
    const present = leader?.events.configurations.at(-1)
    if (leader === undefined || present === undefined) return
    const steps: { kind: Kind; peer: VirtualCluster['machines'][number] }[] = []
    for (let count = random(3) === 0 ? 2 : 1; count > 0; count--) {
      const peer = cluster.machines[random(cluster.machines.length)]!
      const kind = (['add_voter', 'add_learner', 'remove'] as const)[random(3)]!
      if (steps.every((step) => step.peer !== peer)) steps.push({ kind, peer })
    }
    const voters = new Set(present.voters)
    for (const { kind, peer } of steps) {
      if (kind === 'add_voter') voters.add(peer.id)
      else voters.delete(peer.id)
    }
    if (voters.size < votersMin) return
    const transition = random(4) === 0 ? 'joint_implicit' : 'auto'
    const answer = leader.member!.proposeConfChange({ transition, steps })
    await cluster.settle()
    // Of a leader that crashes meanwhile nobody hears.
    void answer.then(({ ok }) => (counts.changes += ok ? 1 : 0))
  }

  const crash = (peer: VirtualPeer) => {
    counts.crashes++
    cluster.crash(peer, { atWrite: 20 + random(200), kind: random(2) === 0 ? 'process' : 'power', random })
  }

  const restart = async (peer: VirtualPeer) => {
    await cluster.startUnlessCrashed(peer)
    if (peer.disk.crashed) cluster.crash(peer)
  }

  for (let step = 0; step < 80; step++) {
    const running = cluster.peers.filter(({ member }) => member !== undefined)
    const [peer, other] = [cluster.peers[random(6)]!, cluster.peers[random(6)]!]
    const fault = random(16)
    if (fault === 0 && running.includes(peer)) crash(peer)
    if (fault === 1 && peer !== other) cluster.network.cut(peer.id, other.id, random(2) === 0)
    if (fault === 2) cluster.network.isolate(peer.id, random(2) === 0)
    if (fault === 3) cluster.network.drop(peer.id, random(2) === 0)
    if (fault === 4) void cluster.leader()?.member?.transferLeader(peer.id)
    for (const struck of cluster.peers.filter(({ member, disk }) => member !== undefined && disk.crashed)) crash(struck)
    for (const down of cluster.peers.filter(({ member }) => member === undefined)) {
      if (random(3) === 0) await restart(down)
    }
    propose()
    if (random(3) === 0) await change()
    await cluster.pass(random(6) === 0 ? 1500 : 50 * (1 + random(6)), check)
  }

  // Liveness: once everything is mended, all who take part apply one thing more, and agree on who they are.
  for (const peer of cluster.peers) {
    cluster.network.isolate(peer.id, false)
    cluster.network.drop(peer.id, false)
    if (peer.member !== undefined) cluster.crash(peer)
    peer.disk = peer.disk.restart()
  }
  for (const peer of cluster.peers) await cluster.start(peer)
  const leader = await cluster.electedLeader()
  new Proposer(leader).propose('last')
  const isPart = (peer: VirtualPeer) => leader.events.configurations.at(-1)!.peers.some(({ id }) => id === peer.id)
  const isDone = (peer: VirtualPeer) => peer.applied.at(-1)?.endsWith(' last') === true
  await cluster.until(() => cluster.peers.filter(isPart).every(isDone))
  check()
  await cluster.until(() => leader.events.configurations.at(-1)!.votersOutgoing.length === 0)
  const last = JSON.stringify(leader.events.configurations.at(-1))
  await cluster.until(() =>
    cluster.peers.filter(isPart).every(({ events }) => JSON.stringify(events.configurations.at(-1)) === last),
  )
  counts.committed = history.length
  for (const { installs } of cluster.peers) counts.snapshots += installs
  return counts
}

test('whoever takes part, under crashes, cuts and losses all apply the same entries, and mended they all go on', async () => {
  const totals = { committed: 0, crashes: 0, changes: 0, snapshots: 0 }
  for (let seed = 1; seed <= 60; seed++) {
    const counts = await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error })
    })
    for (const name of ['committed', 'crashes', 'changes', 'snapshots'] as const) totals[name] += counts[name]
  }
  // A run that does nothing proves nothing.
  expect(totals.committed).toBeGreaterThan(2000)
  expect(totals.crashes).toBeGreaterThan(200)
  expect(totals.changes).toBeGreaterThan(200)
  expect(totals.snapshots).toBeGreaterThan(10)
})
