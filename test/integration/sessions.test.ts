import { beforeEach, describe, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { PowerService, TransitionState } from '../../src/gen/trivet/power/v1/power_pb.ts'
import { SessionService, SessionState } from '../../src/gen/trivet/session/v1/session_pb.ts'
import { furnish } from '../support/processes/furnish.ts'
import { restore } from '../support/processes/restore.ts'
import type { LedgerLine } from '../support/processes/room-process.ts'
import { endOfSession, startSession } from '../support/processes/sessions.ts'
import type { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { useSite } from '../support/processes/use-site.ts'

const speed = 20
/** Off is reported so late, in real time: long enough for a new leader to look several times. */
const lateMs = 3_000
const allNodes = 'x1000c0s[0-5]b0n0'

const useRoom = useSite(
  {
    purpose: 'sessions',
    peers: ['a', 'b', 'c'],
    room: { nodes: 6, args: ['--speed', `${speed}`, '--network-speed', '4'] },
  },
  async (site) => {
    await furnish(site)
    // From then on every node runs, and every session begins with power off.
    await endOfSession(site, await startSession(site))
  },
)

beforeEach(() => restore(useRoom()))

/** Waits for the first such line behind `after`. */
async function line(site: Site, after: number, kind: string): Promise<LedgerLine> {
  return until(`the ledger says ${kind}`, async () => (await site.room.ledger([kind], after))[0], {
    timeoutMs: 30_000,
    pauseMs: 2,
  })
}

/** What every session must leave behind: commands that match their intents one to one, and none that came too early. */
async function expectOrder(site: Site, session: string, after: number): Promise<void> {
  expect(await site.room.ledger(['overlap'], after)).toEqual([])
  const { transitions } = await site.client(PowerService).listPowerTransitions({ pageSize: 1_000 })
  const own = transitions.filter(({ sessionId }) => sessionId === session)
  const open = [TransitionState.INTENDED, TransitionState.ACCEPTED] as readonly number[]
  expect(own.filter(({ transitionState }) => open.includes(transitionState))).toEqual([])
  const commands = await site.room.ledger(['reset_accepted', 'reset_refused'], after)
  expect(commands.length).toBeLessThanOrEqual(own.length)
}

describe('a leader that is lost between the acceptance of a reset and its commit', () => {
  test.each(['killed', 'frozen, and thawed before Off is reported'])(
    '%s: its successor sends no second command while the first one is under way, and the session completes',
    async (blow) => {
      const site = useRoom()
      const after = await site.room.lastSeq()
      // The BMC that accepts first says so to nobody: what happens next happens before the commit, every time.
      await site.room.strike(
        { resetType: 'ForceOff', action: { kind: 'late_report', ms: lateMs * speed } },
        { resetType: 'ForceOff', times: 1, action: { kind: 'hang', when: 'after' } },
      )
      const session = await startSession(site)
      const accepted = await line(site, after, 'reset_accepted')
      const leader = await site.leader()
      if (blow === 'killed') await leader.kill()
      else leader.freeze()
      await site.room.forwardTo(site.peers.filter((peer) => peer !== leader).map(({ addresses }) => addresses.node))
      const successor = await site.leader(site.peers.filter((peer) => peer !== leader))
      expect(await site.room.ledger(['reset_done'], accepted.seq)).toEqual([])
      leader.thaw()
      const { session: ended } = await endOfSession(site, session)
      expect(ended).toMatchObject({ sessionState: SessionState.COMPLETED, succeeded: 6, failed: 0 })
      await expectOrder(site, session, after)
      const commands = await site.room.ledger(['reset_accepted'], after)
      expect(commands.filter(({ bmc, resetType }) => bmc === accepted.bmc && resetType === 'ForceOff')).toHaveLength(1)
      expect(successor.name).not.toBe(leader.name)
    },
  )
})

describe('a session that is cancelled', () => {
  test.each([
    ['at once', undefined],
    ['when a command is under way', 'reset_accepted'],
    ['when a node is on its way up', 'script_fetched'],
  ] as const)('%s leaves no command of unknown outcome, and its nodes to the next one', async (_when, kind) => {
    const site = useRoom()
    const after = await site.room.lastSeq()
    const session = await startSession(site)
    if (kind !== undefined) await line(site, after, kind)
    const answer = await site.client(SessionService).cancelSession({ session })
    expect(answer.session?.id).toBe(session)
    const { session: ended, targets } = await endOfSession(site, session)
    expect(ended!.succeeded + ended!.failed + ended!.cancelled).toBe(6)
    // On a fast machine every node may have reported before anybody could cancel it.
    expect(ended?.sessionState).toBe(ended!.cancelled > 0 ? SessionState.CANCELLED : SessionState.COMPLETED)
    expect(targets).toHaveLength(6)
    await expectOrder(site, session, after)
    const last = await site.room.lastSeq()
    const next = await startSession(site)
    expect((await endOfSession(site, next)).session).toMatchObject({
      sessionState: SessionState.COMPLETED,
      succeeded: 6,
    })
    await expectOrder(site, next, last)
  })
})

describe('a session that cannot be', () => {
  test('a second one over the same nodes is refused, naming the first and the nodes that they share', async () => {
    const site = useRoom()
    const first = await startSession(site)
    const cli = site.cli()
    const second = await cli.run('session', 'create', 'compute', '--group-name', 'compute')
    expect(second.exitCode).toBe(6)
    expect(second.stderr).toContain(`overlaps session ${first} on ${allNodes}`)
    expect(second.stderr).toContain(`trivet session cancel ${first}`)
    const narrow = await cli.run('session', 'create', 'compute', '--nodes', 'x1000c0s[2-3]b0n0,x1000c0s5b0n0')
    expect(narrow.stderr).toContain(`overlaps session ${first} on x1000c0s[2-3,5]b0n0`)
    const { sessions } = await site.client(SessionService).listSessions({ pageSize: 1_000 })
    expect(sessions.filter(({ created }) => created !== undefined).map(({ id }) => id)).toContain(first)
    expect((await endOfSession(site, first)).session?.sessionState).toBe(SessionState.COMPLETED)
  })

  test('one on an empty group starts nothing and says so', async () => {
    const site = useRoom()
    await site.client(InventoryService).createGroup({ name: 'empty' })
    const before = await site.client(SessionService).listSessions({ pageSize: 1_000 })
    const result = await site.cli().run('session', 'create', 'compute', '--group-name', 'empty')
    expect(result).toMatchObject({ exitCode: 6, stdout: '' })
    expect(result.stderr).toContain('0 targets')
    expect(result.stderr).toContain('nothing was started')
    const after = await site.client(SessionService).listSessions({ pageSize: 1_000 })
    expect(after.sessions.map(({ id }) => id)).toEqual(before.sessions.map(({ id }) => id))
  })
})

describe('a machine that nobody knows', () => {
  test.each([
    'mac=02-00-5e-00-53-01',
    'mac=02:00:5e:00:53:01&uuid=00000000-0000-0000-0000-000000000000',
    'mac=nonsense',
    'xname=x9999c0s0b0n0',
    'nid=4294967295',
    '',
    'mac=%00',
  ])('is told by every peer to wait and ask again: ?%s', async (query) => {
    const answers = await Promise.all(
      useRoom().peers.map(async ({ addresses }) => {
        const response = await fetch(`http://${addresses.node}/boot/ipxe?${query}`)
        return { status: response.status, text: await response.text() }
      }),
    )
    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).toMatch(/^#!ipxe\n/)
      expect(text).toContain('sleep')
      expect(text).toContain('chain')
      expect(text).not.toMatch(/^(kernel|exit)/m)
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })
})
