import { expect, test } from 'vitest'
import { Compaction } from './compaction.ts'
import { Proposer, termOf, VirtualCluster, type VirtualPeer } from './virtual-cluster.ts'

const compactionLimits = { entriesMax: 40, bytesMax: 100_000, tail: { entriesMax: 20, bytesMax: 50_000 } }

/** A log that should be cut up to an index, and what is asked and done about it. */
function setUp(target: number, committedIndex = 100) {
  const asked: number[] = []
  const cuts: number[] = []
  let applied = 100
  const compaction = new Compaction({
    store: {
      get compactionTarget() {
        return target
      },
      committedIndex,
      isFarTooLong: false,
      firstIndex: () => (cuts.at(-1) ?? 0) + 1,
      compactTo: (index) => cuts.push(index),
    },
    applied: () => applied,
    snapshots: { heldIndex: Infinity, drop: () => {} },
    syncWanted: (index) => asked.push(index),
  })
  return { compaction, asked, cuts, apply: (index: number) => (applied = index) }
}

test('nothing is cut before the state is durable, and main is asked again only after a second', () => {
  const { compaction, asked, cuts } = setUp(60)
  for (let tick = 0; tick < 20; tick++) compaction.tick()
  expect(asked).toEqual([60])
  compaction.tick()
  expect(asked).toEqual([60, 60])
  expect(cuts).toEqual([])
  compaction.stateSynced(70)
  expect(cuts).toEqual([60])
})

test('no more is cut than the state holds durably, and no more than the core has applied', () => {
  const less = setUp(60)
  less.compaction.stateSynced(50)
  expect(less.cuts).toEqual([50])
  const behind = setUp(60)
  behind.apply(30)
  behind.compaction.stateSynced(60)
  expect(behind.cuts).toEqual([30])
  behind.apply(60)
  behind.compaction.tick()
  expect(behind.cuts).toEqual([30, 60])
  expect(behind.asked).toEqual([])
})

test('what a slow disk has not been told to be committed is not cut yet, although the core has applied it', () => {
  const { compaction, cuts } = setUp(60, 40)
  compaction.stateSynced(60)
  expect(cuts).toEqual([40])
})

const lengthOf = async (cluster: VirtualCluster, peer: VirtualPeer) => {
  const asked = peer.member!.status()
  const known: { first?: number; last?: number } = {}
  void asked.then((status) => Object.assign(known, { first: status.firstIndex, last: status.lastIndex }))
  await cluster.until(() => known.last !== undefined)
  return known.last! - known.first! + 1
}

test('all peers cut their logs while they go on, and start again from what is left', async () => {
  const cluster = new VirtualCluster({ size: 3, seed: 5, compactionLimits })
  await cluster.startAll()
  const proposers = new Map<number, Proposer>()
  let proposed = 0
  for (let round = 0; round < 4; round++) {
    const leader = await cluster.electedLeader()
    const known = proposers.get(termOf(leader))
    const proposer = known ?? new Proposer(leader)
    proposers.set(termOf(leader), proposer)
    for (let count = 0; count < 50; count++) proposer.propose(`w${proposed++}`)
    const last = `w${proposed - 1}`
    await cluster.until(() => cluster.peers.every((peer) => peer.applied.at(-1)!.endsWith(` ${last}`)))
    await cluster.pass(1500)
    for (const peer of cluster.peers) {
      const length = await lengthOf(cluster, peer)
      expect(length).toBeLessThanOrEqual(compactionLimits.entriesMax)
      expect(length).toBeGreaterThanOrEqual(compactionLimits.tail.entriesMax)
    }
    const crashed = cluster.peers[round % 3]!
    cluster.crash(crashed)
    await cluster.start(crashed)
    expect(crashed.events.damages).toEqual([])
    expect(crashed.events.repairs).toEqual([])
  }
  for (const peer of cluster.peers) {
    const texts = peer.applied.filter((entry) => / w\d+$/.test(entry)).map((entry) => entry.split(' ')[1])
    expect(texts).toEqual(Array.from({ length: proposed }, (_, at) => `w${at}`))
  }
})
