import type { GetSessionResponse } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { SessionOperation, SessionService, SessionState } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { fetchScripts } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import type { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { reached } from './moments.ts'
import type { Plan } from './plan.ts'

/** How long a session may take that loses a peer: a command of unknown outcome alone is watched for 10 s. */
const sessionTimeoutMs = 90_000

const stateNames = new Map<number, string>(Object.entries(SessionState).map(([name, value]) => [value, name]))

/** What became of a case, for whoever looks at how it went. */
export interface Outcome {
  readonly struck: string
  readonly sessionMs: number
  /** What does not hold; empty if all does. */
  readonly wrong: readonly string[]
}

/** Everybody is there, and nothing of an earlier case is left. */
export async function restore(site: Site): Promise<void> {
  for (const peer of site.peers) {
    peer.thaw()
    if (!peer.alive) await peer.start()
  }
  await Promise.all(site.peers.map((peer) => peer.ready(30_000)))
  const sessions = site.client(SessionService)
  for (const session of (await sessions.listSessions({})).sessions) {
    if (!isOpen(session.sessionState)) continue
    await sessions.cancelSession({ session: session.id })
    await ended(site, session.id)
  }
  await site.agreed()
}

/** Runs one session, strikes one peer in the middle of it, and judges what came of it. */
export async function runCase(site: Site, plan: Plan): Promise<Outcome> {
  await site.room.forwardTo(addressesOf(plan.order.map((name) => site.peer(name))))
  const failedBefore = await failedFetches(site)
  const start = { ledgerSeq: await site.room.lastSeq(), revision: (await site.agreed()).revision }
  const over = new AbortController()
  const moment = reached(site, plan.moment, start, over.signal)
  const startedMs = performance.now()
  const sessionId = await startSession(site)
  const session = ended(site, sessionId).finally(() => over.abort())
  const victim = moment.then(() => strike(site, plan))
  const [struck, result] = await Promise.all([victim, session])
  const sessionMs = Math.round(performance.now() - startedMs)
  const live = site.peers.filter(({ alive }) => alive)
  await site.agreed(live)
  const wrong = [
    ...wrongWithSession(result),
    ...(await overlaps(site, start.ledgerSeq)),
    ...(await wrongWithNodes(site, failedBefore)),
    ...(await wrongWithScripts(site, live)),
  ]
  if (!struck.alive) await site.restart(struck)
  await site.agreed()
  return { struck: struck.name, sessionMs, wrong }
}

async function startSession(site: Site): Promise<string> {
  const { session } = await site.client(SessionService).createSession({
    template: 'compute',
    groupName: 'compute',
    operation: SessionOperation.REBOOT,
  })
  return session?.id ?? ''
}

function ended(site: Site, session: string): Promise<GetSessionResponse> {
  return until(
    `session ${session} has ended`,
    async () => {
      const got = await site.client(SessionService).getSession({ session }, { timeoutMs: 15_000 })
      return isOpen(got.session?.sessionState) ? undefined : got
    },
    { timeoutMs: sessionTimeoutMs, pauseMs: 100 },
  )
}

function isOpen(state: SessionState | undefined): boolean {
  return state === SessionState.PENDING || state === SessionState.RUNNING
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

async function failedFetches(site: Site): Promise<number> {
  return (await site.room.nodes()).reduce((sum, node) => sum + node.failedFetches, 0)
}

async function wrongWithNodes(site: Site, failedBefore: number): Promise<string[]> {
  const wrong: string[] = []
  for (const { xname, state } of await site.room.nodes()) {
    if (state !== 'running') wrong.push(`${xname} is ${state}, by the room's word`)
  }
  const failed = (await failedFetches(site)) - failedBefore
  if (failed > 0) wrong.push(`${failed} fetches of nodes failed`)
  return wrong
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
