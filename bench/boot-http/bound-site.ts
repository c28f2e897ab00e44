import { furnish } from '../../test/support/processes/furnish.ts'
import { endOfSession, startSession } from '../../test/support/processes/sessions.ts'
import { Site } from '../../test/support/processes/site.ts'
import { until } from '../../test/support/processes/until.ts'
import { SessionService, TargetStep } from '../../src/gen/trivet/session/v1/session_pb.ts'

/** Nodes that wait to be booted at once: as many as a leader has at work. */
export const nodesCount = 500

/** Room time is 1,000 times as fast; nodes never come past their firmware, so that only the load asks for scripts. */
const roomArgs = ['--speed', '1000', '--firmware-delay-ms', '1000000000-1000000000']

/** Three peers, and a room whose nodes are in the group `compute`, with a template to boot. */
export async function startSite(): Promise<Site> {
  const site = await Site.make({
    purpose: 'bench',
    peers: ['a', 'b', 'c'],
    room: { nodes: nodesCount, args: roomArgs },
  })
  try {
    await furnish(site)
    return site
  } catch (error) {
    await site.stop({ keep: true })
    throw error
  }
}

/** The paths of all nodes' scripts, as their firmware asks for them. */
export function scriptPaths(site: Site): readonly string[] {
  return site.room.info.bmcs.flatMap(({ nodes }) =>
    nodes.map(({ mac, uuid, serial }) => {
      const query = new URLSearchParams({ mac, uuid, serial, arch: 'i386', platform: 'pcbios' })
      return `/boot/ipxe?${query.toString()}`
    }),
  )
}

/** Binds every node to a new attempt by a session; resolves with it when all are on and none has fetched its script. */
export async function bind(site: Site): Promise<string> {
  const session = await startSession(site, { bootTimeout: { seconds: 3_600n } })
  await whenAllAt(site, session, TargetStep.ON_SEEN)
  return session
}

/** Resolves when the evidence of every node's fetch has reached the session. */
export async function whenFetched(site: Site, session: string): Promise<void> {
  await whenAllAt(site, session, TargetStep.SCRIPT_FETCHED)
}

/** Ends a session; its nodes stay bound to what it gave them. */
export async function cancel(site: Site, session: string): Promise<void> {
  await site.client(SessionService).cancelSession({ session })
  await endOfSession(site, session)
}

async function whenAllAt(site: Site, session: string, step: TargetStep): Promise<void> {
  await until(
    `all targets are at step ${step}`,
    async () => {
      const { targets } = await site.client(SessionService).getSession({ session })
      return targets.length === nodesCount && targets.every((target) => target.step === step) ? true : undefined
    },
    { timeoutMs: 120_000, pauseMs: 250 },
  )
}
