import { expect, test } from 'vitest'
import { Load } from '../support/processes/load.ts'
import { useSite } from '../support/processes/use-site.ts'
import { lostGroups, wrongWithGroups } from '../support/processes/written-groups.ts'
import { roundTimeoutMs, timesOf } from './times.ts'

/*
 * Power is lost in the whole room, or somebody restarts all at once: nobody is left who remembers but the disks. What a
 * majority has acknowledged must be on a majority of them.
 */

const times = timesOf('KILL_ALL_TIMES', 5)
const writesARound = 60

const useQuorum = useSite({ purpose: 'kill-all', peers: ['a', 'b', 'c'] })

test(
  `all three peers killed at once, ${times} times under load, lose no acknowledged write and do none twice`,
  async () => {
    const site = useQuorum()
    const { revision } = await site.agreed()
    const [a, b, c] = site.peers
    // Two clients begin at each peer.
    const orders = [
      [a!, b!, c!],
      [b!, c!, a!],
      [c!, a!, b!],
    ]
    const load = new Load(site, 'once', [...orders, ...orders])
    for (let round = 0; round < times; round++) {
      await load.more(writesARound)
      await Promise.all(site.peers.map((peer) => peer.kill()))
      const acknowledged = [...load.acknowledged]
      await Promise.all(site.peers.map((peer) => peer.start()))
      expect(await lostGroups(site, acknowledged), `after kill ${round + 1}`).toEqual([])
    }
    await load.more(writesARound)
    await load.stop()
    expect(load.failed).toEqual([])
    const { acknowledged } = load
    expect(await wrongWithGroups(site, { prefix: 'once-', acknowledged, afterRevision: revision })).toEqual([])
    process.stderr.write(`kill all: ${times} times, ${acknowledged.length} writes, ${load.unknown} asked again\n`)
  },
  (times + 1) * roundTimeoutMs,
)
