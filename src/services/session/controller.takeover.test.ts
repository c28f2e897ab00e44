import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { SessionOperation, SessionState } from '../../gen/trivet/session/v1/session_pb.ts'
import { powerTransitions } from '../power/tables.ts'
import type { LeaderEnd } from '../testing/virtual-leader.ts'
import type { RoomOptions } from './testing/session-room.ts'
import { pathOf, SessionRoom } from './testing/session-room.ts'

/** Slow BMCs that report late: a successor that is in a hurry finds the old state for eleven seconds. */
const slow: RoomOptions = { bmcs: [['On', 'Off'], ['On']], onMs: 8_000, offMs: 8_000, lateMs: 3_000 }

/** The same resets that a leader sends who lives. */
const needed = [
  ['ForceOff', 'On', 'On'],
  ['ForceOff', 'On'],
]

/** Boots the room while leaders die where they are told to; each is followed by another after `electionMs`. */
async function boot(options: {
  readonly room?: RoomOptions
  readonly dies: ReadonlyMap<number, LeaderEnd>
  readonly electionMs?: number
}) {
  const room = new SessionRoom(options.room ?? slow)
  let passed = 0
  room.cluster.atMoment = () => options.dies.get(passed++)
  const id = room.start()
  const session = await room.ended(id, { electionMs: options.electionMs ?? 300 })
  return { room, id, session }
}

const { room: undisturbed } = await boot({ dies: new Map() })
const moments = undisturbed.cluster.moments

test('the story has every kind of moment: before, during and after commits, looks and commands', () => {
  expect(new Set(moments)).toEqual(
    new Set([
      ...['startRunning', 'intendCommand', 'acceptCommand', 'advanceTarget', 'bindTarget', 'finishSession'].flatMap(
        (rule) => [`${rule} is not committed`, `${rule} is lost`, `${rule} is committed`],
      ),
      'power is to be observed',
      'power is observed',
      'a command is to be sent',
      'a command was accepted',
    ]),
  )
  expect(undisturbed.resets.map((types) => types.toSorted())).toEqual(needed)
})

describe.each(['killed', 'deposed'] as const)('a leader that is %s at any moment', (end) => {
  test(`is followed by one that ends the session right, with the same resets and none too early (rule 22)`, async () => {
    for (const [moment, name] of moments.entries()) {
      const { room, session } = await boot({ dies: new Map([[moment, end]]) })
      const outcome = {
        state: session.sessionState,
        resets: room.resets.map((types) => types.toSorted()),
        overlaps: room.overlaps,
      }
      expect(outcome, `${end} when ${name} (moment ${moment})`).toEqual({
        state: SessionState.COMPLETED,
        resets: needed,
        overlaps: [],
      })
    }
  })
})

test('leaders that die one after another at random moments send nothing twice, whatever the BMCs do', async () => {
  const fate = fc.constantFrom('lose_answer', 'lose_request', 'refuse', 'hang', 'usual')
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        dies: fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.constantFrom<LeaderEnd>('killed', 'deposed')), {
          maxLength: 6,
        }),
        electionMs: fc.constantFrom(200, 1_500, 20_000),
        onMs: fc.constantFrom(1_000, 8_000),
        offMs: fc.constantFrom(1_000, 8_000),
        lateMs: fc.constantFrom(0, 3_000),
        powerTimeoutMs: fc.constantFrom(1_000, 120_000),
        operation: fc.constantFrom(SessionOperation.BOOT, SessionOperation.REBOOT),
        fates: fc.array(fate, { maxLength: 4 }),
      }),
      async ({ dies, electionMs, onMs, offMs, lateMs, powerTimeoutMs, operation, fates }) => {
        const room = new SessionRoom({ bmcs: [['On', 'Off'], ['On']], onMs, offMs, lateMs })
        const deaths = new Map(dies)
        let passed = 0
        room.cluster.atMoment = () => deaths.get(passed++)
        for (const kind of fates) {
          if (kind === 'usual') continue
          const refusal = { httpStatus: 503, messageId: 'SYS518', retryable: true } as const
          room.bmcs[0]!.script(pathOf(0), kind === 'refuse' ? { kind, ...refusal } : { kind })
        }
        const id = room.start({ operation, powerTimeout: durationFromMs(powerTimeoutMs), retries: 10 })
        // A request that hangs ends with its leader here; a real one has a deadline.
        const hangs = setHangsEnd(room)
        const session = await room.ended(id, { electionMs })
        hangs.stop()
        expect(room.overlaps).toEqual([])
        expect(session.sessionState).toBe(SessionState.COMPLETED)
        const open = room.state
          .rows(powerTransitions)
          .filter(({ value }) => value.transitionState < TransitionState.OBSERVED)
        expect(open).toEqual([])
      },
    ),
    { numRuns: 250 },
  )
})

/** Deposes a leader every two minutes, so that nothing waits for ever. */
function setHangsEnd(room: SessionRoom): { stop(): void } {
  const over = new AbortController()
  const deposeNext = (): Promise<void> =>
    room.time.sleep(120_000, over.signal).then(() => {
      if (over.signal.aborted) return
      room.leader.finish('deposed')
      return deposeNext()
    })
  void deposeNext()
  return { stop: () => over.abort() }
}

test('a leader that was frozen while it was about to send, and wakes up deposed, sends nothing (rule 22)', async () => {
  const room = new SessionRoom({ bmcs: [['On']], lateMs: 3_000 })
  const frozen = room.leader
  const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>()
  room.beforeGuard = () => (room.leader === frozen ? thawed : Promise.resolve())
  const id = room.start({ operation: SessionOperation.REBOOT })
  await room.time.until(() => room.cluster.moments.includes('a command is to be sent'), 60_000)
  // Nobody tells it: its lease has simply run out, and another one leads.
  frozen.leaseHolds = false
  room.newLeader()
  await room.time.pass(20_000)
  thaw()
  await room.time.pass(1)
  frozen.finish('deposed')
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On']])
  expect(room.cluster.moments).toContain('a command was guard_refused')
  expect(room.overlaps).toEqual([])
})

test('a leader that wakes up with an intent that somebody else has closed sends nothing, even if its lease lies (rule 22)', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  const frozen = room.leader
  const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>()
  room.beforeGuard = () => (room.leader === frozen ? thawed : Promise.resolve())
  const id = room.start()
  await room.time.until(() => room.cluster.moments.includes('a command is to be sent'), 60_000)
  room.newLeader()
  await room.time.until(() => room.resets[0]!.length === 1, 60_000)
  thaw()
  await room.time.pass(1)
  expect(room.cluster.moments).toContain('a command was guard_refused')
  frozen.finish('deposed')
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On']])
})

test('a leader whose lease is out for a while sends when it holds again, and not before (rule 22)', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.leader.leaseHolds = false
  const id = room.start()
  await room.time.pass(30_000)
  expect(room.resets).toEqual([[]])
  room.leader.leaseHolds = true
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.targets(id)['x1000c0s0b0n0']).toMatchObject({ retriesUsed: 0, refusals: 0 })
})
