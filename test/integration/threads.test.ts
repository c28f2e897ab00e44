import { readFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { tickMs, tickSlackMs } from '../../src/raft/member/limits.ts'
import { Load } from '../support/processes/load.ts'
import { MachineLateness } from '../support/processes/machine-lateness.ts'
import { scriptPath } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import type { RaftCounts } from '../support/processes/raft-counts.ts'
import { raftCounts } from '../support/processes/raft-counts.ts'
import type { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { useSite } from '../support/processes/use-site.ts'

/*
 * Consensus has its own thread: what keeps the rest of a peer busy costs no heartbeat. Proven by what the peers count,
 * elections and late ticks, and not by how long anything takes.
 */

/** Longer than the slack of a tick, and shorter than what an election takes. */
const frozenMs = 800
const stormFetches = 12_000
const stormConnections = 64
/** As many as one import takes. */
const bmcsMax = 900

const useQuorum = useSite({
  purpose: 'threads',
  peers: ['a', 'b', 'c'],
  root: { script: fileURLToPath(new URL('hindered-peer.ts', import.meta.url)), args: [] },
})

/** A part of the slack: what holds a bare thread up for so long may well hold up one that works for longer. */
const machineSlackMs = tickSlackMs / 5
let machine: MachineLateness
beforeAll(() => {
  machine = new MachineLateness({ tickMs, slackMs: machineSlackMs })
})
afterAll(() => machine.stop())

/** Counts of each peer, by name. */
async function countsOf(site: Site): Promise<ReadonlyMap<string, RaftCounts>> {
  return new Map(await Promise.all(site.peers.map(async (peer) => [peer.name, await raftCounts(peer)] as const)))
}

/** What all peers together have counted meanwhile. */
async function counted(site: Site, meanwhile: (leader: PeerProcess) => Promise<void>) {
  await site.agreed()
  const leader = await site.leader()
  const [before, machineBefore] = [await countsOf(site), await machine.count()]
  await meanwhile(leader)
  await site.agreed()
  const [after, machineAfter] = [await countsOf(site), await machine.count()]
  const sum = (of: (counts: RaftCounts) => number): number =>
    site.peers.reduce((all, { name }) => all + of(after.get(name)!) - of(before.get(name)!), 0)
  const stalled = site.peers.filter(({ name }) => after.get(name)!.mainStalls > before.get(name)!.mainStalls)
  const lateTicks = sum((counts) => counts.lateTicks)
  const machineLate = machineAfter - machineBefore
  if (lateTicks + machineLate > 0) process.stderr.write(`late: ${lateTicks} ticks, a bare thread ${machineLate}\n`)
  return {
    elections: sum(({ electionsWon }) => electionsWon),
    lateTicks,
    /** Late ticks that an overloaded machine does not explain. */
    unexplained: Math.max(0, lateTicks - machineLate * site.peers.length),
    stalled: stalled.map(({ name }) => name),
    isSameLeader: (await site.leader()) === leader,
  }
}

const undisturbed = { elections: 0, unexplained: 0, isSameLeader: true }

/** Hinders a peer, and waits until it says that this is over; gives how it went. */
async function hinder(peer: PeerProcess, signal: NodeJS.Signals): Promise<string> {
  const said = async (): Promise<string[]> =>
    (await readFile(peer.logFile, 'utf8')).split('\n').filter((line) => line.startsWith('hindered: '))
  const before = (await said()).length
  process.kill(peer.pid, signal)
  return until(`peer ${peer.name} is no longer hindered`, async () => (await said())[before], { timeoutMs: 60_000 })
}

/** Writes go on through the other peers all the time, and none of them is lost or done twice. */
async function underLoad(site: Site, prefix: string, through: readonly PeerProcess[], work: () => Promise<void>) {
  const load = new Load(site, prefix, [through, through.toReversed()])
  await load.more(10)
  await work()
  await load.more(10)
  await load.stop()
  expect(load.failed).toEqual([])
  const { groups } = await site.client(InventoryService).listGroups({ pageSize: 1_000 })
  const names = groups.map(({ name }) => name).filter((name) => name.startsWith(prefix))
  expect(names.sort()).toEqual([...load.acknowledged].sort())
}

test('a peer that stands still as a whole is late, and counts it', async () => {
  const site = useQuorum()
  const { lateTicks, stalled } = await counted(site, async (leader) => {
    const follower = site.peers.find((peer) => peer !== leader)!
    follower.freeze()
    await pause(frozenMs)
    follower.thaw()
  })
  expect(lateTicks).toBeGreaterThanOrEqual(1)
  expect(stalled).toEqual([])
})

test('a main thread that is busy for 3 s costs a follower nothing, and no election', async () => {
  const site = useQuorum()
  let struck = ''
  const counts = await counted(site, async (leader) => {
    const follower = site.peers.find((peer) => peer !== leader)!
    struck = follower.name
    const others = site.peers.filter((peer) => peer !== follower)
    await underLoad(site, 'follower', others, async () => {
      expect(await hinder(follower, 'SIGUSR2')).toBe('hindered: the main thread was busy')
    })
  })
  expect(counts).toMatchObject({ ...undisturbed, stalled: [struck] })
})

test('a main thread that is busy for 3 s costs a leader its office by one election, and no acknowledged write', async () => {
  const site = useQuorum()
  let struck = ''
  const counts = await counted(site, async (leader) => {
    struck = leader.name
    const others = site.peers.filter((peer) => peer !== leader)
    await underLoad(site, 'leader', others, async () => {
      expect(await hinder(leader, 'SIGUSR2')).toBe('hindered: the main thread was busy')
    })
  })
  expect(counts).toMatchObject({ elections: 1, unexplained: 0, isSameLeader: false, stalled: [struck] })
})

test.each([
  ['blocked', 'SIGHUP', 'hindered: the pool was blocked'],
  ['computing', 'SIGWINCH', 'hindered: the pool was computing'],
] as const)('a thread pool that is %s as a whole costs a leader no heartbeat', async (_how, signal, said) => {
  const site = useQuorum()
  const counts = await counted(site, async (leader) => {
    expect(await hinder(leader, signal)).toBe(said)
  })
  expect(counts).toMatchObject({ ...undisturbed, stalled: [] })
})

/** Asks for scripts, one after another on each connection, at all peers in turn. */
async function storm(site: Site): Promise<Map<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: stormConnections })
  const statuses = new Map<number, number>()
  let asked = 0
  const node = async (): Promise<void> => {
    while (asked < stormFetches) {
      const number = asked++
      const { addresses } = site.peers[number % site.peers.length]!
      const mac = `02:00:00:00:${(number % 251).toString(16).padStart(2, '0')}:01`
      const status = await fetchStatus(agent, `http://${addresses.node}${scriptPath(mac)}`)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  try {
    await Promise.all(Array.from({ length: stormConnections }, node))
    return statuses
  } finally {
    agent.destroy()
  }
}

async function fetchStatus(agent: Agent, url: string): Promise<number> {
  const outgoing = request(url, { agent })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  outgoing.once('error', reject)
  outgoing.once('response', (answer) => {
    void text(answer).then(() => resolve(answer.statusCode ?? 0), reject)
  })
  outgoing.end()
  return promise
}

test('a boot storm costs no heartbeat', async () => {
  const site = useQuorum()
  const counts = await counted(site, async () => {
    expect(await storm(site)).toEqual(new Map([[200, stormFetches]]))
  })
  expect(counts).toMatchObject({ ...undisturbed, stalled: [] })
})

test('an import as large as one may be costs no heartbeat', async () => {
  const site = useQuorum()
  const lines = Array.from({ length: bmcsMax }, (_, number) => [
    `  - xname: x${1000 + Math.floor(number / 64)}c${Math.floor(number / 8) % 8}s${number % 8}b0`,
    `    address: 127.0.${Math.floor(number / 250)}.${1 + (number % 250)}:443`,
  ])
  await writeFile(join(site.workspace.path, 'bmcs.yaml'), `bmcs:\n${lines.flat().join('\n')}\n`)
  const counts = await counted(site, async () => {
    await site.cli().must('bmc', 'import', 'bmcs.yaml')
  })
  const { bmcs } = await site.client(InventoryService).listBmcs({ pageSize: 1_000 })
  expect(bmcs).toHaveLength(bmcsMax)
  expect(counts).toMatchObject({ ...undisturbed, stalled: [] })
})
