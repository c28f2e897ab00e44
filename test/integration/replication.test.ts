import { describe, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { ChangeWatcher } from '../support/processes/change-watcher.ts'
import { Load } from '../support/processes/load.ts'
import { NodeFetcher } from '../support/processes/node-fetcher.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import type { Site } from '../support/processes/site.ts'
import { useSite } from '../support/processes/use-site.ts'
import { groupNames } from '../support/processes/written-groups.ts'

/** The longest time without a write that the loss of a leader may cost. */
const writeGapMsMax = 3_000

const useQuorum = useSite({ purpose: 'replication', peers: ['a', 'b', 'c'] })

/** The peers, each list beginning with another one. */
function rotations(site: Site): readonly (readonly PeerProcess[])[] {
  return site.peers.map((_, index) => [...site.peers.slice(index), ...site.peers.slice(0, index)])
}

test('what is written through a follower is read there at once, and through every other peer', async () => {
  const site = useQuorum()
  const leader = await site.leader()
  const followers = site.peers.filter((peer) => peer !== leader)
  for (const follower of followers) {
    for (let count = 0; count < 20; count++) {
      const name = `through-${follower.name}-${count}`
      const inventory = site.clientOf(follower, InventoryService)
      let revision = ''
      const onTrailers = (trailers: { get(key: string): readonly unknown[] }) => {
        revision = String(trailers.get('trivet-revision')[0])
      }
      const { group } = await inventory.createGroup({ name }, { onTrailers })
      expect((await inventory.getGroup({ group: name })).group).toEqual(group)
      // This one is answered from what the follower has applied, without asking the leader.
      expect((await site.statusOf(follower)).revision).toBeGreaterThanOrEqual(BigInt(revision))
      for (const other of site.peers) {
        expect((await site.clientOf(other, InventoryService).getGroup({ group: group!.id })).group).toEqual(group)
      }
    }
  }
})

test('every acknowledged write exists exactly once, whoever dies; a watch sees each revision once, in order', async () => {
  const site = useQuorum()
  const start = await site.agreed()
  const [a] = site.peers
  const watcher = new ChangeWatcher(site, { peers: site.peers, afterRevision: start.revision })
  const load = new Load(site, 'once', rotations(site))
  await load.more(50)
  // The leader, the peer that the watch stands at, and a leader again.
  for (const pick of [() => site.leader(), async () => a!, () => site.leader()]) {
    const victim = await pick()
    await victim.kill()
    await load.more(50)
    await site.restart(victim)
    await load.more(50)
  }
  await load.stop()
  const end = await site.agreed()
  process.stderr.write(
    `kills: ${load.acknowledged.length} writes, ${load.unknown} asked again, largest gap ${load.largestGapMs} ms\n`,
  )

  expect(load.failed).toEqual([])
  for (const peer of site.peers) {
    const once = (await groupNames(site, peer)).filter((name) => name.startsWith('once-'))
    expect(once.sort()).toEqual([...load.acknowledged].sort())
  }

  await watcher.reached(end.revision)
  await watcher.stop()
  const { changes } = watcher
  const revisions = Array.from({ length: end.revision - start.revision }, (_, index) => start.revision + 1 + index)
  expect(changes.map(({ revision }) => Number(revision))).toEqual(revisions)
  const created = changes.filter(({ method }) => method.endsWith('/CreateGroup'))
  expect(created).toHaveLength(load.acknowledged.length)
  expect(new Set(created.map(({ requestId }) => requestId)).size).toBe(created.length)
  const others = changes.filter((change) => !created.includes(change))
  expect(others.filter(({ method }) => !method.endsWith('/ReportPeer'))).toEqual([])
  expect(load.largestGapMs).toBeLessThanOrEqual(writeGapMsMax)
})

describe('a rolling restart', () => {
  test('costs no call and no fetch: each peer finishes what it took, and clients go on at the others', async () => {
    const site = useQuorum()
    const load = new Load(site, 'rolling', rotations(site))
    const fetcher = new NodeFetcher(site.peers)
    await load.more(30)
    for (const peer of site.peers) {
      expect(await peer.stop()).toEqual({ code: 0, signal: null })
      await load.more(30)
      await site.restart(peer)
      await load.more(30)
    }
    await Promise.all([load.stop(), fetcher.stop()])
    process.stderr.write(
      `rolling restart: ${load.acknowledged.length} writes, largest gap ${load.largestGapMs} ms, ` +
        `${fetcher.fetches} fetches, ${fetcher.failovers} moves to another peer\n`,
    )
    expect(load.failed).toEqual([])
    expect(load.unknown).toBe(0)
    expect(fetcher.failed).toEqual([])
    expect(fetcher.failovers).toBeGreaterThan(0)
    expect(load.largestGapMs).toBeLessThanOrEqual(writeGapMsMax)
    await site.agreed()
  })
})
