import type { GetSessionResponse } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { SessionState } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { fetchScripts } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { endOfSession, startSession } from '../support/processes/sessions.ts'
import type { Site } from '../support/processes/site.ts'
import { reached } from './moments.ts'
import { until } from '../support/processes/until.ts'
import type { Plan } from './plan.ts'

const stateNames = new Map<number, string>(Object.entries(SessionState).map(([name, value]) => [value, name]))

/** What became of a case, for whoever looks at how it went. */
export interface Outcome {
  readonly struck: string
  readonly sessionMs: number
  /** What does not hold; empty if all does. */
  readonly wrong: readonly string[]
}

/** Runs one session, strikes one peer in the middle of it, and judges what came of it. */
export async function runCase(site: Site, plan: Plan): Promise<Outcome> {
  await site.room.forwardTo(addressesOf(plan.order.map((name) => site.peer(name))))
  const start = { ledgerSeq: await site.room.lastSeq(), revision: (await site.agreed()).revision }
  const over = new AbortController()
  const moment = reached(site, plan.moment, start, over.signal)
  const startedMs = performance.now()
  const sessionId = await startSession(site)
  const session = endOfSession(site, sessionId).finally(() => over.abort())
  const victim = moment.then(() => strike(site, plan))
  const [struck, result] = await Promise.all([victim, session])
  const sessionMs = Math.round(performance.now() - startedMs)
  const live = site.peers.filter(({ alive }) => alive)
  await site.agreed(live)
  const wrong = [
    ...wrongWithSession(result),
    ...(await overlaps(site, start.ledgerSeq)),
    ...(await wrongWithNodes(site, start.ledgerSeq)),
    ...(await wrongWithScripts(site, live)),
  ]
  if (!struck.alive) await site.restart(struck)
  await site.agreed()
  return { struck: struck.name, sessionMs, wrong }
}

/** Strikes, and points the site's boot address at the others, as whoever keeps it up does. */
async function strike(site: Site, plan: Plan): Promise<PeerProcess> {
  const victim = await victimOf(site, plan)
  if (plan.blow.kind === 'kill') await victim.kill()
  else victim.freeze()
  const others = plan.order.map((name) => site.peer(name)).filter((peer) => peer !== victim)
  await site.room.forwardTo(addressesOf(others))
  if (plan.blow.kind === 'freeze') {
    const { promise, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, plan.blow.forMs)
    await promise
    victim.thaw()
  }
  return victim
}

async function victimOf(site: Site, { victim, pick }: Plan): Promise<PeerProcess> {
  const leader = await site.leader()
  if (victim === 'leader') return leader
  const followers = site.peers.filter((peer) => peer !== leader)
  return followers[pick % followers.length]!
}

function addressesOf(peers: readonly PeerProcess[]): string[] {
  return peers.map(({ addresses }) => addresses.node)
}

function wrongWithSession({ session, targets }: GetSessionResponse): string[] {
  if (session === undefined) return ['there is no session']
  const wrong: string[] = []
  if (session.sessionState !== SessionState.COMPLETED) {
    wrong.push(`the session ended as ${stateNames.get(session.sessionState)}: ${session.errorMessage}`)
  }
  if (session.succeeded !== session.total || targets.length !== session.total) {
    wrong.push(`${session.succeeded} of ${session.total} targets succeeded, ${session.failed} failed`)
  }
  return wrong
}

async function overlaps(site: Site, after: number): Promise<string[]> {
  const lines = await site.room.ledger(['overlap'], after)
  return lines.map(({ bmc, resetType, seq }) => `${bmc} got ${resetType} while another reset was under way (${seq})`)
}

async function wrongWithNodes(site: Site, after: number): Promise<string[]> {
  // A report whose answer was lost with its peer is repeated after a pause, and the session has ended by then.
  const running = until(
    'all nodes run, by the word of the room',
    async () => {
      const stuck = (await site.room.nodes()).filter(({ state }) => state !== 'running')
      if (stuck.length === 0) return true
      throw new Error(stuck.map(({ xname, state }) => `${xname} is ${state}`).join(', '))
    },
    { timeoutMs: 15_000 },
  )
  const stuck = await running.then(
    () => [],
    (error: unknown) => [(error as Error).message],
  )
  const failed = (await site.room.ledger(['fetch_failed'], after)).map(
    ({ node, artifact, server, reason, seq }) => `${node} got no ${artifact} from ${server}: ${reason} (${seq})`,
  )
  return [...stuck, ...failed]
}

/** Each live peer serves the same bytes, which name the attempt that the node booted. */
async function wrongWithScripts(site: Site, live: readonly PeerProcess[]): Promise<readonly string[]> {
  await Promise.all(live.map((peer) => peer.ready(10_000)))
  const nodes = (await site.room.nodes()).map(({ xname, mac, lastScript }) => ({
    xname,
    mac,
    attemptId: lastScript?.attempt ?? 'none',
  }))
  return (await fetchScripts(live, nodes)).wrong
}
