import { expect, test } from 'vitest'
import { Load } from '../support/processes/load.ts'
import { useSite } from '../support/processes/use-site.ts'
import { lostGroups, wrongWithGroups } from '../support/processes/written-groups.ts'
import { roundTimeoutMs, timesOf } from './times.ts'

/*
 * A cluster of one voter in etcd answered before the entry was on its disk, and lost acknowledged writes when it was
 * killed: there is no quorum that could hide such a thing (etcd #14370).
 */

const times = timesOf('LONE_VOTER_TIMES', 10)
const clients = 8
const writesARound = 40

const useLone = useSite({ purpose: 'lone-voter' })

test(
  `one voter, killed ${times} times under load, never loses a write that it has acknowledged, nor does one twice`,
  async () => {
    const site = useLone()
    const [peer] = site.peers
    const { revision } = await site.agreed()
    // Clients that go on where they were when the peer is back, with the same request ids.
    const peersOfClients = Array.from({ length: clients }, () => site.peers)
    const load = new Load(site, 'kept', peersOfClients)
    for (let round = 0; round < times; round++) {
      await load.more(writesARound)
      await peer!.kill()
      const acknowledged = [...load.acknowledged]
      await peer!.start()
      expect(await lostGroups(site, acknowledged), `after kill ${round + 1}`).toEqual([])
    }
    await load.stop()
    expect(load.failed).toEqual([])
    const { acknowledged } = load
    expect(await wrongWithGroups(site, { prefix: 'kept-', acknowledged, afterRevision: revision })).toEqual([])
    process.stderr.write(`lone voter: ${times} kills, ${acknowledged.length} writes, ${load.unknown} asked again\n`)
  },
  (times + 1) * roundTimeoutMs,
)
