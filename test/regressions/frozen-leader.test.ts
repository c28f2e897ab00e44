import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { furnish } from '../support/processes/furnish.ts'
import { endOfSession, startSession } from '../support/processes/sessions.ts'
import { useSite } from '../support/processes/use-site.ts'
import { Reads } from './reads.ts'
import { roundTimeoutMs, timesOf } from './times.ts'
import { VersionedNode } from './versioned-node.ts'

/*
 * A leader that is stopped and goes on later does not know that another one was elected meanwhile. It must not answer
 * by what it knew: neither what was asked before it stood still, whose confirmation is on its way, nor what waits at
 * its listeners when it wakes (etcd #20418 confirmed the latter by the former).
 */

const times = timesOf('FROZEN_LEADER_TIMES', 3)
const readsAtOnce = 6
const readsThatWait = 20
/** So long a request takes at most to lie in the socket of a process that does not read. One that is late asks less. */
const onItsWayMs = 50

const useRoom = useSite(
  {
    purpose: 'frozen-leader',
    peers: ['a', 'b', 'c'],
    room: { nodes: 1, args: ['--speed', '100', '--network-speed', '20'] },
  },
  async (site) => {
    await furnish(site)
    // From then on its script names what it boots.
    await endOfSession(site, await startSession(site))
  },
)

test(
  `a leader that was stopped, and woke ${times} times with reads that waited, served none by what it had known`,
  async () => {
    const site = useRoom()
    const node = new VersionedNode(site)
    let waited = 0
    for (let round = 0; round < times; round++) {
      const leader = await site.leader()
      const others = site.peers.filter((peer) => peer !== leader)
      await node.change(site.peers)
      const reads = new Reads(site, leader, node)
      await reads.ask(readsThatWait)
      expect(reads.failed).toEqual([])
      reads.start(readsAtOnce)
      leader.freeze()
      await site.leader(others)
      for (let change = 0; change < 3; change++) await node.change(others)
      const before = reads.answered.length
      const waiting = reads.ask(readsThatWait)
      await pause(onItsWayMs)
      expect(reads.answered).toHaveLength(before)
      leader.thaw()
      await waiting
      await node.change(others)
      await reads.ask(readsThatWait)
      await reads.stop()
      const stale = reads.answered.filter(({ version, atLeast, marked }) => version < atLeast && !marked)
      expect(stale, `round ${round + 1}`).toEqual([])
      for (const of of ['api', 'boot'] as const) {
        const fresh = reads.answered.filter((read) => read.of === of && read.version === node.acknowledged)
        expect(fresh.length, `${of} answers of the last version; failed: ${reads.failed.join()}`).toBeGreaterThan(0)
      }
      waited += reads.answered.length - before
      await Promise.all(site.peers.map((peer) => peer.ready(30_000)))
      await site.agreed()
    }
    process.stderr.write(`frozen leader: ${times} times, ${waited} reads answered behind the stop\n`)
  },
  (times + 1) * roundTimeoutMs,
)
