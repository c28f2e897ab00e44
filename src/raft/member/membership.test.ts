import { fromBinary } from '@bufbuild/protobuf'
import { afterEach, expect, test } from 'vitest'
import { ConfigurationSchema } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { appendMessage } from '../core/messages.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import { encodeIdentity, identityCopyFile, identityFile } from '../store/identity.ts'
import { entryKey } from '../store/keys.ts'
import { readIdentity } from '../store/open-store.ts'
import { electionTicks, mainProbeMs, mainStallMs, tickMs } from './limits.ts'
import type { ConfChangeAnswer, MemberStatus } from './port.ts'
import { Proposer, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

const electionMs = electionTicks * tickMs

const clusters: VirtualCluster[] = []

afterEach(() => {
  for (const { peers } of clusters.splice(0)) for (const { deaths } of peers) expect(deaths).toEqual([])
})

async function led(options: { readonly size: number; readonly spares: number; readonly seed?: number }) {
  const cluster = new VirtualCluster({ seed: 1, ...options })
  clusters.push(cluster)
  await cluster.startAll()
  const leader = await cluster.electedLeader()
  await cluster.pass(300)
  return { cluster, leader }
}

type Step = readonly [kind: 'add_voter' | 'add_learner' | 'remove', peer: VirtualPeer]

function changeOf(cluster: VirtualCluster, transition: MembershipChange['transition'], ...steps: readonly Step[]) {
  const addressOf = (peer: VirtualPeer) => cluster.machines.find(({ id }) => id === peer.id)!
  return { transition, steps: steps.map(([kind, peer]) => ({ kind, peer: addressOf(peer) })) }
}

async function propose(
  cluster: VirtualCluster,
  leader: VirtualPeer,
  change: MembershipChange,
): Promise<ConfChangeAnswer> {
  const answer = leader.member!.proposeConfChange(change)
  await cluster.settle()
  return answer
}

const configurationOf = (peer: VirtualPeer) => peer.events.configurations.at(-1)
const namesOf = (cluster: VirtualCluster, ids: readonly string[] | undefined) =>
  (ids ?? []).map((id) => cluster.peers.find((peer) => peer.id === id)!.name).sort()
const votersOf = (cluster: VirtualCluster, peer: VirtualPeer) => namesOf(cluster, configurationOf(peer)?.voters)
const has = (peer: VirtualPeer, text: string) =>
  peer.applied.some((entry) => entry !== undefined && entry.endsWith(` ${text}`))

/** Carries a change out through whoever leads, and waits until these peers know it, joint configuration left. */
async function carryOut(cluster: VirtualCluster, change: MembershipChange, known: readonly VirtualPeer[]) {
  const leader = await cluster.electedLeader()
  const answer = await propose(cluster, leader, change)
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`)
  await cluster.until(() =>
    known.every((peer) => {
      const configuration = configurationOf(peer)
      return configuration !== undefined && configuration.index >= answer.index && !configuration.autoLeave
    }),
  )
}

const proposers = new WeakMap<VirtualPeer, { readonly term: number; readonly proposer: Proposer }>()

/** Numbers are never used again within a term. */
async function proposerOf(cluster: VirtualCluster): Promise<Proposer> {
  const leader = await cluster.electedLeader()
  const term = termOf(leader)
  const known = proposers.get(leader)
  if (known?.term === term) return known.proposer
  const proposer = new Proposer(leader)
  proposers.set(leader, { term, proposer })
  return proposer
}

async function write(cluster: VirtualCluster, text: string, by: readonly VirtualPeer[]): Promise<void> {
  const proposer = await proposerOf(cluster)
  proposer.propose(text)
  await cluster.until(() => by.every((peer) => has(peer, text)))
}

async function statusOf(cluster: VirtualCluster, peer: VirtualPeer): Promise<MemberStatus> {
  const status = peer.member!.status()
  await cluster.settle()
  return status
}

test('a peer that joins waits, is a learner, then a voter, and has every entry from the first on', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster } = await led({ size: 3, spares: 1, seed })
    const d = cluster.peer('d')
    await write(cluster, 'x', cluster.peers.slice(0, 3))
    await cluster.start(d)
    await cluster.pass(5 * electionMs)
    expect(configurationOf(d)).toMatchObject({ index: 0, voters: [], peers: [] })
    expect(await statusOf(cluster, d)).toMatchObject({ term: 0, lastIndex: 0, role: 'follower' })
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_learner', d]), cluster.peers)
    await cluster.until(() => has(d, 'x'))
    expect(namesOf(cluster, configurationOf(d)!.learners)).toEqual(['d'])
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_voter', d]), cluster.peers)
    for (const peer of cluster.peers) expect(votersOf(cluster, peer)).toEqual(['a', 'b', 'c', 'd'])
    // Its vote and its log count: without one of the four, three are needed for everything.
    cluster.crash(cluster.peers.find((peer) => peer !== d && peer !== cluster.leader())!)
    await write(cluster, 'y', [d])
    cluster.crash(cluster.leader()!)
    await cluster.pass(5 * electionMs)
    expect(cluster.leader()).toBeUndefined()
  }
})

test('a voter is removed, hears of it, campaigns no more, also after a start, and disturbs nobody', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster, leader } = await led({ size: 4, spares: 0, seed })
    const removed = cluster.peers.find((peer) => peer !== leader)!
    const rest = cluster.peers.filter((peer) => peer !== removed)
    await carryOut(cluster, changeOf(cluster, 'auto', ['remove', removed]), cluster.peers)
    expect(votersOf(cluster, removed)).toEqual(rest.map(({ name }) => name))
    await cluster.pass(5000)
    expect(removed.events.connections.filter(({ connected }) => !connected)).toHaveLength(3)
    cluster.crash(removed)
    await cluster.start(removed)
    await cluster.pass(5 * electionMs)
    expect(removed.events.leaderships.filter(({ role }) => role !== 'follower')).toEqual([])
    expect(termOf(leader)).toBe((await statusOf(cluster, leader)).term)
    await write(cluster, 'on', rest)
    expect(has(removed, 'on')).toBe(false)
  }
})

test('a leader that removes itself leads until the change counts, and has no lease from then on', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster, leader } = await led({ size: 3, spares: 0, seed })
    const rest = cluster.peers.filter((peer) => peer !== leader)
    const term = termOf(leader)
    expect(leader.member!.lease().term).toBe(term)
    const answer = leader.member!.proposeConfChange(changeOf(cluster, 'auto', ['remove', leader]))
    await cluster.pass(3 * electionMs, () => {
      if (votersOf(cluster, leader).length === 2) expect(leader.member!.lease().term).toBe(0)
      const now = cluster.clock.nowNs()
      expect(cluster.peers.filter(({ member }) => member!.lease().endsAtNs > now).length).toBeLessThanOrEqual(1)
    })
    expect(await answer).toMatchObject({ ok: true, term })
    await write(cluster, 'on', rest)
    expect(rest).toContain(cluster.leader())
    expect(leader.events.leaderships.at(-1)!.role).toBe('follower')
  }
})

test('the lease ends when a change counts, and comes back by what the new quorum answers', async () => {
  const { cluster, leader } = await led({ size: 3, spares: 1 })
  const term = termOf(leader)
  expect(leader.member!.lease().term).toBe(term)
  void leader.member!.proposeConfChange(changeOf(cluster, 'auto', ['add_voter', cluster.peer('d')]))
  // Without a tick no round begins.
  await cluster.settle()
  expect(votersOf(cluster, leader)).toEqual(['a', 'b', 'c', 'd'])
  expect(leader.member!.lease().term).toBe(0)
  await cluster.pass(300)
  expect(leader.member!.lease().term).toBe(term)
  // Of four it needs three, so not without one of the two others.
  cluster.network.isolate(cluster.peers.find((peer) => peer !== leader && peer.name !== 'd')!.id, true)
  await cluster.settle()
  expect(leader.member!.lease().term).toBe(0)
})

test('a leader that becomes a learner leads no more, and goes on applying', async () => {
  const { cluster, leader } = await led({ size: 3, spares: 0 })
  await carryOut(cluster, changeOf(cluster, 'auto', ['add_learner', leader]), cluster.peers)
  await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader)
  expect(leader.member!.lease().term).toBe(0)
  await write(cluster, 'on', cluster.peers)
})

test('a peer is replaced in one change, by way of a joint configuration that leaves itself', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { cluster } = await led({ size: 3, spares: 1, seed })
    const d = cluster.peer('d')
    await cluster.start(d)
    const leader = await cluster.electedLeader()
    // Also the leader itself, in every other run.
    const leaver = seed % 2 === 0 ? leader : cluster.peers.find((peer) => peer !== leader && peer !== d)!
    const rest = cluster.peers.filter((peer) => peer !== leaver)
    const change = changeOf(cluster, 'joint_implicit', ['add_voter', d], ['remove', leaver])
    const proposer = await proposerOf(cluster)
    for (let number = 1; number <= 20; number++) proposer.propose(`w${number}`)
    const answer = leader.member!.proposeConfChange(change)
    await cluster.until(() => rest.every((peer) => votersOf(cluster, peer).includes('d')))
    await cluster.until(() => rest.every((peer) => configurationOf(peer)!.votersOutgoing.length === 0))
    expect(await answer).toMatchObject({ ok: true })
    for (const peer of rest) expect(votersOf(cluster, peer)).toEqual(rest.map(({ name }) => name).sort())
    cluster.crash(leaver)
    await write(cluster, 'after', rest)
    for (let number = 1; number <= 20; number++) expect(has(d, `w${number}`)).toBe(true)
  }
})

test('an explicit joint configuration stays over restarts of everybody, until it is left', async () => {
  const { cluster } = await led({ size: 3, spares: 1 })
  const d = cluster.peer('d')
  await cluster.start(d)
  const change = changeOf(cluster, 'joint_explicit', ['add_voter', d], ['remove', cluster.peer('a')])
  await carryOut(cluster, change, cluster.peers)
  for (const peer of cluster.peers) {
    cluster.crash(peer)
    await cluster.start(peer)
    expect(namesOf(cluster, configurationOf(peer)!.votersOutgoing)).toEqual(['a', 'b', 'c'])
  }
  expect(await propose(cluster, await cluster.electedLeader(), changeOf(cluster, 'auto', ['add_voter', d]))).toEqual({
    ok: false,
    reason: 'joint',
  })
  // Both majorities: of a, b, c and of b, c, d.
  for (const name of ['b', 'c']) cluster.crash(cluster.peer(name))
  await cluster.pass(5 * electionMs)
  expect(cluster.leader()).toBeUndefined()
  for (const name of ['b', 'c']) await cluster.start(cluster.peer(name))
  await carryOut(cluster, { transition: 'auto', steps: [] }, cluster.peers)
  await cluster.until(() => cluster.peers.every((peer) => votersOf(cluster, peer).join('') === 'bcd'))
})

test('a lone peer grows to three and shrinks to one again, and leads alone at once whenever it is alone', async () => {
  const { cluster, leader } = await led({ size: 1, spares: 2 })
  const [b, c] = [cluster.peer('b'), cluster.peer('c')]
  for (const peer of [b, c]) {
    await cluster.start(peer)
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_voter', peer]), [leader, peer])
  }
  await write(cluster, 'three', cluster.peers)
  // Somebody could lead in its place: a stuck main costs leadership.
  leader.busy(true)
  await cluster.pass(mainProbeMs + mainStallMs + tickMs)
  expect(leader.member!.lease().term).toBe(0)
  await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader)
  leader.busy(false)
  await cluster.until(() => configurationOf(leader) !== undefined)
  const last = await cluster.electedLeader()
  for (const peer of cluster.peers.filter((other) => other !== last)) {
    await carryOut(cluster, changeOf(cluster, 'auto', ['remove', peer]), [last])
  }
  for (const peer of cluster.peers) if (peer.member !== undefined) cluster.crash(peer)
  await cluster.start(last)
  // Not after an election time-out: it has nobody to wait for.
  await cluster.until(() => cluster.leader() === last, 4 * tickMs)
  await write(cluster, 'alone', [last])
})

test('what cannot be is refused with its reason, and nothing is appended', async () => {
  const { cluster, leader } = await led({ size: 3, spares: 1 })
  const [d, follower] = [cluster.peer('d'), cluster.peers.find((peer) => peer !== leader)!]
  const before = await statusOf(cluster, leader)
  const add = changeOf(cluster, 'auto', ['add_voter', d])
  const address = cluster.machines[3]!
  const refused = async (change: MembershipChange, by = leader) => {
    const answer = await propose(cluster, by, change)
    return answer.ok ? 'appended' : answer.reason
  }
  expect(await refused(add, follower)).toBe('not_leader')
  expect(await refused({ transition: 'auto', steps: [] })).toBe('not_joint')
  for (const [field, value] of [
    ['id', 'D'],
    ['name', ''],
    ['name', 'a'],
    ['address', 'nowhere'],
    ['address', cluster.machines[0]!.address],
  ] as const) {
    const peer = { ...address, [field]: value }
    expect(await refused({ transition: 'auto', steps: [{ kind: 'add_voter', peer }] })).toBe('invalid_peer')
  }
  expect(await refused({ ...add, transition: 'bootstrap' })).toBe('invalid_conf_change')
  const nobody = cluster.peers.slice(0, 3).map((peer): Step => ['remove', peer])
  expect(await refused(changeOf(cluster, 'joint_implicit', ...nobody))).toBe('invalid_conf_change')
  expect((await statusOf(cluster, leader)).lastIndex).toBe(before.lastIndex)
  const both = [leader.member!.proposeConfChange(add), leader.member!.proposeConfChange(add)]
  await cluster.settle()
  expect(await both[0]).toMatchObject({ ok: true })
  expect(await both[1]).toEqual({ ok: false, reason: 'conf_change_pending' })
})

test('a peer that joins a cluster whose log was cut gets a snapshot, with the configuration of its index', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const compactionLimits = { entriesMax: 60, bytesMax: 1e9, tail: { entriesMax: 20, bytesMax: 1e9 } }
    const cluster = new VirtualCluster({ size: 3, spares: 2, seed, compactionLimits })
    clusters.push(cluster)
    await cluster.startAll()
    const [d, e] = [cluster.peer('d'), cluster.peer('e')]
    await cluster.start(d)
    const fill = async (text: string, known: readonly VirtualPeer[]) => {
      const proposer = await proposerOf(cluster)
      for (let number = 1; number <= 80; number++) {
        proposer.propose(`${text}${number}`)
        if (number % 10 === 0) await cluster.settle()
      }
      await cluster.until(() => known.every((peer) => has(peer, `${text}80`)))
      await cluster.pass(1500)
    }
    await fill('x', cluster.peers.slice(0, 3))
    const leader = await cluster.electedLeader()
    expect((await statusOf(cluster, leader)).firstIndex).toBeGreaterThan(2)
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_voter', d]), [...cluster.peers.slice(0, 3), d])
    await cluster.until(() => has(d, 'x80'))
    await fill('y', cluster.peers.slice(0, 4))
    await cluster.start(e)
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_learner', e]), cluster.peers)
    await cluster.until(() => has(e, 'y80'))
    for (const peer of cluster.peers) {
      expect(votersOf(cluster, peer)).toEqual(['a', 'b', 'c', 'd'])
      expect(namesOf(cluster, configurationOf(peer)!.learners)).toEqual(['e'])
    }
    // After a start it is read from the record beside the log, which says the one at the beginning of the log.
    for (const peer of cluster.peers) {
      cluster.crash(peer)
      await cluster.start(peer)
      expect(votersOf(cluster, peer)).toEqual(['a', 'b', 'c', 'd'])
    }
  }
})

test('a snapshot of before a change has the configuration of before it', async () => {
  const { cluster } = await led({ size: 3, spares: 1 })
  await write(cluster, 'x', cluster.peers.slice(0, 3))
  const before = cluster.peer('a').applied.length - 1
  await carryOut(cluster, changeOf(cluster, 'auto', ['add_learner', cluster.peer('d')]), cluster.peers.slice(0, 3))
  await write(cluster, 'y', cluster.peers.slice(0, 3))
  const a = cluster.peer('a')
  const points = Promise.all([a.member!.logPoint(before), a.member!.logPoint(a.applied.length - 1)])
  await cluster.settle()
  const learners = (await points).map((point) => fromBinary(ConfigurationSchema, point!.configuration).learners)
  expect(learners).toEqual([[], [cluster.peer('d').id]])
})

test('a peer that lost entries sees who takes part change, also itself, and votes again only if it still does', async () => {
  for (const part of ['stays', 'learner', 'removed'] as const) {
    const { cluster, leader } = await led({ size: 4, spares: 1 })
    const damaged = cluster.peers.find((peer) => peer !== leader && peer.name !== 'e')!
    await write(cluster, 'x', cluster.peers.slice(0, 4))
    cluster.crash(damaged)
    const log = damaged.disk.databases.get('raft/log')!
    for (let index = 3; log.delete(Buffer.from(entryKey(index)).toString('latin1')); index++);
    const steps: Step[] = [['add_learner', cluster.peer('e')]]
    if (part === 'learner') steps.push(['add_learner', damaged])
    if (part === 'removed') steps.push(['remove', damaged])
    const rest = cluster.peers.filter((peer) => peer !== damaged && peer.name !== 'e')
    await carryOut(cluster, changeOf(cluster, 'joint_implicit', ...steps), rest)
    await cluster.until(() => rest.every((peer) => configurationOf(peer)!.votersOutgoing.length === 0))
    await cluster.start(damaged)
    expect(damaged.events.repairs).toHaveLength(1)
    if (part === 'removed') {
      // Nobody speaks with it any more: it must be told to join again, under a new name.
      await cluster.pass(10 * electionMs)
      expect(damaged.events.leaderships.filter(({ role }) => role !== 'follower')).toEqual([])
      continue
    }
    await cluster.until(() => damaged.events.repairs.at(-1) === '')
    const { confState } = await statusOf(cluster, damaged)
    expect(confState.voters.includes(damaged.id)).toBe(part === 'stays')
    expect(confState.learners.includes(damaged.id)).toBe(part === 'learner')
    await write(cluster, 'y', [damaged])
  }
})

/** What a hello does on a real network: a peer remembers whom it has met. */
async function rememberMeeting(peer: VirtualPeer, other: VirtualPeer): Promise<void> {
  const identity = await readIdentity(peer.disk)
  const met = { [other.id]: { nonce: 'f'.repeat(16), starts: 1, run: 'life1' } }
  const bytes = encodeIdentity({ ...identity!, met })
  for (const name of [identityCopyFile, identityFile]) await peer.disk.files.replace(`raft/${name}`, bytes)
}

test('also the first peer of a lone one that grew, and one that joined, are repaired by the others', async () => {
  const { cluster, leader } = await led({ size: 1, spares: 2 })
  const [b, c] = [cluster.peer('b'), cluster.peer('c')]
  for (const peer of [b, c]) {
    await cluster.start(peer)
    await carryOut(cluster, changeOf(cluster, 'auto', ['add_voter', peer]), [leader, peer])
  }
  await write(cluster, 'x', cluster.peers)
  for (const damaged of [leader, c]) {
    await cluster.electedLeader()
    cluster.crash(damaged)
    // Nothing of its log is left: what it was before it joined, or grew, is all that it knows.
    damaged.disk.databases.get('raft/log')!.clear()
    await rememberMeeting(damaged, b)
    await cluster.start(damaged)
    expect(damaged.events.repairs).toHaveLength(1)
    await cluster.until(() => damaged.events.repairs.at(-1) === '')
    expect(votersOf(cluster, damaged)).toEqual(['a', 'b', 'c'])
    expect((await statusOf(cluster, damaged)).confState.voters).toContain(damaged.id)
  }
  await write(cluster, 'y', cluster.peers)
})

test('a committed change of a newer release stops the peer, it is never skipped', async () => {
  const { cluster, leader } = await led({ size: 3, spares: 0 })
  const follower = cluster.peers.find((peer) => peer !== leader)!
  const { commit, term, lastIndex } = await statusOf(cluster, follower)
  const index = lastIndex + 1
  // Only a leader of a newer release would send this; ours would not know what it is answered.
  for (const peer of cluster.peers) if (peer !== follower) cluster.crash(peer)
  const data = Uint8Array.of(8, 99)
  const append = appendMessage(
    { from: leader.id, to: follower.id, term },
    { previous: { index: lastIndex, term }, entries: [{ index, term, type: 'conf_change', data }], commit },
  )
  cluster.transportEvents(follower).received(leader.id, [append])
  await cluster.settle()
  expect(follower.deaths).toEqual([])
  const commits = { ...append, index, entries: [], commit: index }
  cluster.transportEvents(follower).received(leader.id, [commits])
  await cluster.settle()
  expect(follower.deaths.splice(0)[0]).toContain(`entry ${index} changes the membership in an unknown way`)
})

test('a voter that is removed while it is cut off is refused by the others afterwards, and disturbs nobody', async () => {
  const { cluster, leader } = await led({ size: 4, spares: 0 })
  const removed = cluster.peers.find((peer) => peer !== leader)!
  const rest = cluster.peers.filter((peer) => peer !== removed)
  cluster.network.isolate(removed.id, true)
  await carryOut(cluster, changeOf(cluster, 'auto', ['remove', removed]), rest)
  await cluster.pass(5 * electionMs)
  cluster.network.isolate(removed.id, false)
  await cluster.pass(10 * electionMs)
  const status = await statusOf(cluster, removed)
  expect(status.peers.map(({ connected }) => connected)).toEqual([false, false, false])
  expect(status.term).toBe(termOf(leader))
  expect((await statusOf(cluster, leader)).term).toBe(termOf(leader))
  expect(leader.member!.lease().term).toBe(termOf(leader))
})

test('a peer that was away while all others were replaced is found by the new ones, which it does not know', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster } = await led({ size: 3, spares: 2, seed })
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => cluster.peer(name)) as [
      VirtualPeer,
      VirtualPeer,
      VirtualPeer,
      VirtualPeer,
      VirtualPeer,
    ]
    await cluster.until(() => c.applied.length > 1)
    cluster.crash(c)
    for (const peer of [d, e]) await cluster.start(peer)
    await cluster.electedLeader()
    await carryOut(cluster, changeOf(cluster, 'joint_implicit', ['add_voter', d], ['add_voter', e]), [a, b, d, e])
    await carryOut(cluster, changeOf(cluster, 'joint_implicit', ['remove', a], ['remove', b]), [d, e])
    for (const peer of [a, b]) cluster.crash(peer)
    await cluster.start(c)
    await write(cluster, 'found', [c, d, e])
    expect(votersOf(cluster, c)).toEqual(['c', 'd', 'e'])
  }
})
