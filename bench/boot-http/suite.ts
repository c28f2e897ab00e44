import type { PeerProcess } from '../../test/support/processes/peer-process.ts'
import type { Site } from '../../test/support/processes/site.ts'
import type { Row, Suite } from '../suite.ts'
import { compare } from '../suite.ts'
import { bind, cancel, scriptPaths, startSite, whenFetched } from './bound-site.ts'
import { cpus, cpuTimeMs, pin, requireTwoCpus } from './cpus.ts'
import { JsonProcess } from './json-process.ts'
import type { LoadJob, LoadResult } from './load-generator.ts'

/** Half of a round is with evidence flowing, half without; the rival gets as much time. */
const halfMs = 2_000
/** In a storm each node has a connection of its own. */
const connections = 256
const requestsMax = 1_000_000

/** Where something listens that is measured. */
interface Subject {
  readonly name: string
  readonly pid: number
  readonly port: number
}

/**
 * Boot scripts of one of three peers: rendered for nodes that sessions have bound, each read confirmed with the leader,
 * and in half of the time with evidence of first fetches on its way to the leader. The rival is `node:http` with a
 * constant of the same size, in the same place: on the first CPU, which the measured one has for itself, while the
 * other peers, the room and the load share the second.
 */
export const bootHttp: Suite = {
  name: 'boot-http',
  roundsDefault: 5,
  async run({ rounds, say }) {
    requireTwoCpus()
    say('three peers, and nodes bound by sessions …')
    const site = await startSite()
    try {
      const leader = await site.leader()
      const follower = site.peers.find((peer) => peer !== leader)!
      return [
        await measure(site, { peer: follower, leader, what: 'boot scripts of a follower', rounds, say }),
        await measure(site, { peer: leader, leader, what: 'boot scripts of the leader', rounds, say }),
      ]
    } finally {
      await site.stop({ keep: false })
    }
  },
}

async function measure(
  site: Site,
  options: {
    readonly peer: PeerProcess
    readonly leader: PeerProcess
    readonly what: string
    readonly rounds: number
    readonly say: (line: string) => void
  },
): Promise<Row> {
  const { peer, leader, what, rounds, say } = options
  for (const pid of [process.pid, site.room.child.pid]) pin(pid, cpus.others)
  for (const each of site.peers) pin(each.pid, each === peer ? cpus.measured : cpus.others)
  const paths = scriptPaths(site)
  const load = new JsonProcess({ script: 'load-generator.ts', cpu: cpus.others })
  const sizeBytes = await scriptSizeBytes(peer, paths[0]!)
  const constant = new JsonProcess({ script: 'constant-server.ts', args: [`${sizeBytes}`], cpu: cpus.measured })
  const ask = async (subject: Subject, job: Pick<LoadJob, 'once' | 'durationMs'>): Promise<LoadResult> => {
    const beforeMs = cpuTimeMs(subject.pid)
    const result = await load.ask<LoadResult>({ ...job, port: subject.port, paths, connections, requestsMax })
    say(`${subject.name}: ${inWords(result, cpuTimeMs(subject.pid) - beforeMs)}`)
    return result
  }
  try {
    const { port } = await constant.read<{ port: number }>()
    const ours = { name: what, pid: peer.pid, port: Number(peer.addresses.node.split(':').at(-1)) }
    const rival = { name: 'node:http', pid: constant.pid, port }
    const samples = { ours: [] as number[], rival: [] as number[] }
    const measureOurs = async (): Promise<void> => {
      const session = await bind(site)
      const flowing = await ask({ ...ours, name: `${what}, evidence flowing` }, { once: paths, durationMs: halfMs })
      // All of it has arrived: it was flowing indeed, and does so no longer.
      await whenFetched(site, session)
      await cancel(site, session)
      samples.ours.push(perSecond([flowing, await ask(ours, { once: [], durationMs: halfMs })]))
    }
    const measureRival = async (): Promise<void> => {
      samples.rival.push(perSecond([await ask(rival, { once: [], durationMs: 2 * halfMs })]))
    }
    // What runs for the first time is compiled then, and counts for neither.
    for (const subject of [ours, rival]) await ask({ ...subject, name: 'warm-up' }, { once: [], durationMs: halfMs })
    for (let round = 0; round < rounds; round++) {
      for (const turn of round % 2 === 0 ? [measureOurs, measureRival] : [measureRival, measureOurs]) await turn()
    }
    if ((await site.leader()) !== leader)
      throw new Error('another peer leads now: the rows would not say what they name')
    return compare(what, 'scripts/s', samples)
  } finally {
    await Promise.all([load.stop(), constant.stop()])
  }
}

async function scriptSizeBytes(peer: PeerProcess, path: string): Promise<number> {
  const response = await fetch(`http://${peer.addresses.node}${path}`)
  return (await response.bytes()).length
}

function perSecond(results: readonly LoadResult[]): number {
  const sum = (value: (result: LoadResult) => number): number => results.reduce((all, each) => all + value(each), 0)
  return (sum(({ confirmed }) => confirmed) * 1_000) / sum(({ elapsedMs }) => elapsedMs)
}

function inWords(result: LoadResult, cpuMs: number): string {
  const { confirmed, stale, elapsedMs, medianMs, p99Ms } = result
  return [
    `${Math.round(perSecond([result]))}/s`,
    `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    `CPU ${Math.round((100 * cpuMs) / elapsedMs)} %, ${((1_000 * cpuMs) / (confirmed + stale)).toFixed(1)} µs each`,
    ...(stale > 0 ? [`${stale} unconfirmed`] : []),
  ].join(', ')
}
