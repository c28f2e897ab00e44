import { create } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { trivetError } from '../../lib/errors.ts'
import { CancelSessionRequestSchema } from '../../gen/trivet/session/v1/session_pb.ts'
import { SessionOperation, SessionState, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { put } from '../../state/write.ts'
import { nodes } from '../inventory/tables.ts'
import { powerTransitions } from '../power/tables.ts'
import { cancelSession } from './rules/cancel-session.ts'
import { pathOf, SessionRoom } from './testing/session-room.ts'
import { refusalsMax } from './target-worker.ts'

const busy = { kind: 'refuse', httpStatus: 503, messageId: 'ResourceInUse', retryable: true, afterMs: 3_000 } as const
const refusal = { kind: 'refuse', httpStatus: 400, messageId: 'ActionNotSupported', retryable: false } as const
const ignored = { kind: 'ignore' } as const

const steps = (room: SessionRoom, id: string) => Object.values(room.targets(id)).map(({ step }) => step)

test('a BMC that refuses twice and then works costs no attempt', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  room.bmcs[0]!.script(pathOf(0), busy, { ...busy, httpStatus: 409, retryable: false })
  const id = room.start({ retries: 0, operation: SessionOperation.REBOOT })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On']])
  const gaps = room.bmcs[0]!.resets.map(({ atMs }) => atMs)
  expect(gaps[1]! - gaps[0]!).toBeGreaterThanOrEqual(3_000)
  // What was overcome is no error of the target any more; its transitions keep it.
  expect(room.targets(id)['x1000c0s0b0n0']!.lastError).toBe('')
  const errors = room.state.rows(powerTransitions).map(({ value }) => value.errorMessage)
  expect(errors.toSorted()).toEqual([
    '',
    '',
    'the BMC refused: 409 ResourceInUse refused: ResourceInUse',
    'the BMC refused: 503 ResourceInUse refused: ResourceInUse',
  ])
})

test('a refusal that will not pass by itself costs an attempt each time, and then the target', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off']] })
  room.bmcs[1]!.script(pathOf(0), refusal, refusal, refusal)
  const id = room.start({ retries: 2 })
  const session = await room.ended(id)
  expect(session.sessionState).toBe(SessionState.FAILED)
  expect(session.errorMessage).toContain(
    '1 of 2 failed: x1000c0s1b0n0: power on: the BMC refused: 400 ActionNotSupported refused: ActionNotSupported.',
  )
  expect(room.bmcs[1]!.resets).toHaveLength(3)
})

test('a BMC that is busy for ever is given up', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.bmcs[0]!.script(pathOf(0), ...Array.from({ length: 100 }, () => busy))
  const id = room.start({ retries: 1 })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.FAILED })
  expect(room.bmcs[0]!.resets).toHaveLength(2 * (refusalsMax + 1))
})

test('a BMC that never obeys fails its node alone, with cause, folded nodeset and what to try', async () => {
  const room = new SessionRoom({ bmcs: [['On'], ['On'], ['On'], ['On'], ['On'], ['On', 'On']] })
  const { bmcs } = room
  bmcs[5]!.script(pathOf(0), ...Array.from({ length: 9 }, () => ignored))
  bmcs[5]!.script(pathOf(1), ...Array.from({ length: 9 }, () => ignored))
  const id = room.start({ retries: 2, powerTimeout: durationFromMs(20_000) })
  const session = await room.ended(id)
  expect(session).toMatchObject({ sessionState: SessionState.FAILED, total: 7 })
  expect(session.errorMessage).toBe(
    '2 of 7 failed: x1000c0s5b0n[0-1]: power off: no effect: the BMC still says on. ' +
      "Try: trivet power status --nodes 'x1000c0s5b0n[0-1]', and when the cause is mended: " +
      "trivet session create compute --nodes 'x1000c0s5b0n[0-1]'",
  )
  expect(steps(room, id).filter((step) => step === TargetStep.SUCCEEDED)).toHaveLength(5)
  // Each command had its full time before the next one at this BMC.
  const times = bmcs[5]!.resets.map(({ atMs }) => atMs)
  expect(times).toHaveLength(6)
  for (const [index, atMs] of times.entries()) {
    if (index > 0) expect(atMs - times[index - 1]!).toBeGreaterThanOrEqual(20_000)
  }
  expect(room.resets.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => ['ForceOff', 'On']))
})

test('a command whose answer was lost and that had no effect fails with the reason why nobody knew', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.bmcs[0]!.script(pathOf(0), { kind: 'lose_request' })
  const session = await room.ended(room.start({ retries: 0 }))
  expect(session.errorMessage).toContain(
    'x1000c0s0b0n0: power on: no effect: the BMC still says off; its answer to the command was lost: ',
  )
  const [transition] = room.state.rows(powerTransitions)
  expect(transition!.value.errorMessage).toContain('its answer to the command was lost: BMC x1000c0s0b0.example')
})

test('a short power time-out does not shorten the time that a BMC needs to show what it did', async () => {
  const room = new SessionRoom({ bmcs: [['On']], onMs: 8_000, offMs: 8_000, lateMs: 3_000 })
  room.bmcs[0]!.script(pathOf(0), { kind: 'lose_answer' })
  const id = room.start({ powerTimeout: durationFromMs(1_000), retries: 0 })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On']])
  expect(room.overlaps).toEqual([])
})

test('a wrong password ends every node of that BMC at once, after one login each at most, and says what to do', async () => {
  const room = new SessionRoom({ bmcs: [['Off', 'Off'], ['Off']] })
  room.bmcs[0]!.password = 'another'
  const id = room.start({ retries: 5 })
  const session = await room.ended(id)
  expect(session.sessionState).toBe(SessionState.FAILED)
  expect(session.errorMessage).toContain('x1000c0s0b0n[0-1]: power status: BMC x1000c0s0b0.example answered 401')
  expect(session.errorMessage).toContain('stopped after 2 tries')
  expect(session.errorMessage).toContain('trivet credential set')
  expect(room.bmcs[0]!.requests).toBeLessThanOrEqual(2)
  expect(room.resets).toEqual([[], ['On']])
})

test('a password that is refused while a command is open ends nothing before the command can have had its effect', async () => {
  const room = new SessionRoom({ bmcs: [['On']], offMs: 8_000, lateMs: 3_000 })
  room.bmcs[0]!.script(pathOf(0), { kind: 'lose_answer' })
  const id = room.start()
  await room.time.until(() => room.bmcs[0]!.resets.length === 1, 60_000)
  const sentMs = room.bmcs[0]!.resets[0]!.atMs
  room.bmcs[0]!.password = 'another'
  // The session of the old password has ended, too.
  room.leader.finish('deposed')
  expect(await room.ended(id, { electionMs: 300 })).toMatchObject({ sessionState: SessionState.FAILED })
  expect(room.time.monotonicMs()).toBeGreaterThan(sentMs + 11_000)
})

test('a BMC that comes back within the power time-out costs nothing', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.bmcs[0]!.gone = true
  const id = room.start({ retries: 0 })
  await room.time.pass(60_000)
  room.bmcs[0]!.gone = false
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
})

test('a BMC that stays away is tried again as often as asked, then its node failed', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.bmcs[0]!.gone = true
  const id = room.start({ retries: 2, powerTimeout: durationFromMs(30_000) })
  const session = await room.ended(id)
  expect(session.sessionState).toBe(SessionState.FAILED)
  expect(session.errorMessage).toContain('power status: BMC x1000c0s0b0.example cannot be reached')
  expect(room.targets(id)['x1000c0s0b0n0']).toMatchObject({ retriesUsed: 2 })
  expect(room.time.monotonicMs()).toBeGreaterThan(90_000)
})

test('a BMC that goes away after a command was sent gets no other before it could have shown the effect', async () => {
  const room = new SessionRoom({ bmcs: [['On']], offMs: 8_000, lateMs: 3_000 })
  const id = room.start({ powerTimeout: durationFromMs(1_000), retries: 5 })
  await room.time.until(() => room.bmcs[0]!.resets.length === 1, 60_000)
  room.bmcs[0]!.gone = true
  await room.time.pass(2_500)
  room.bmcs[0]!.gone = false
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.overlaps).toEqual([])
  expect(room.resets).toEqual([['ForceOff', 'On']])
})

test('a BMC that says neither on nor off for ever does not keep a session open for ever', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  room.bmcs[0]!.shown = () => 'unknown'
  const id = room.start({ retries: 1, powerTimeout: durationFromMs(30_000) })
  const session = await room.ended(id)
  expect(session).toMatchObject({ sessionState: SessionState.FAILED })
  expect(session.errorMessage).toContain('power status: the BMC says neither on nor off, but unknown')
  expect(room.resets).toEqual([[]])
})

test('a BMC without a fitting reset type fails its node at once and is sent nothing', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  const [node] = room.state.rows(nodes)
  room.cluster.submit(() => [put(nodes, { ...node!.value, resetTypes: ['GracefulShutdown'] })], undefined)
  const session = await room.ended(room.start())
  expect(session.errorMessage).toContain('power on: the BMC at x1000c0s0b0.example offers no reset for on')
  expect(room.resets).toEqual([[]])
  expect(room.state.rows(powerTransitions)).toHaveLength(1)
})

test('a request that met a defect in trivet is tried again, and the log has it', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  const id = room.start()
  const shown = room.bmcs[0]!.shown.bind(room.bmcs[0])
  let calls = 0
  room.bmcs[0]!.shown = (path) => {
    calls += 1
    if (calls === 1) throw new TypeError('a defect')
    return shown(path)
  }
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.cluster.log.filter(({ level }) => level === 'error')).toMatchObject([
    { level: 'error', message: expect.stringContaining('met a defect') },
  ])
})

test('cancelling at any moment ends a session, sends nothing new, and leaves no command unobserved', async () => {
  const story = async (cancelAt: number) => {
    const room = new SessionRoom({ bmcs: [['On', 'Off'], ['On']], onMs: 8_000, offMs: 8_000, lateMs: 3_000 })
    const id = room.start({ maxInFlight: 2 })
    let passed = 0
    let sent: number | undefined
    room.cluster.atMoment = () => {
      if (passed++ === cancelAt) {
        room.cluster.submit(cancelSession, create(CancelSessionRequestSchema, { session: id }))
        sent = room.resets.flat().length
      }
      return undefined
    }
    const session = await room.ended(id)
    return { room, id, session, sent }
  }
  const { room: whole } = await story(Number.POSITIVE_INFINITY)
  for (const cancelAt of whole.cluster.moments.keys()) {
    const { room, id, session, sent } = await story(cancelAt)
    const where = `cancelled at moment ${cancelAt}: ${whole.cluster.moments[cancelAt]}`
    const succeeded = steps(room, id).every((step) => step === TargetStep.SUCCEEDED)
    expect(session.sessionState, where).toBe(succeeded ? SessionState.COMPLETED : SessionState.CANCELLED)
    expect(room.resets.flat().length, where).toBe(sent)
    expect(room.overlaps, where).toEqual([])
    const open = room.state
      .rows(powerTransitions)
      .filter(({ value }) => value.transitionState < TransitionState.OBSERVED)
    expect(open, where).toEqual([])
  }
})

test('a cancelled target whose command had no effect is cancelled, not tried again and not failed', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  room.bmcs[0]!.script(pathOf(0), ignored)
  const id = room.start()
  await room.time.until(() => room.bmcs[0]!.resets.length === 1, 60_000)
  room.cluster.submit(cancelSession, create(CancelSessionRequestSchema, { session: id }))
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.CANCELLED, errorMessage: '' })
  expect(room.targets(id)['x1000c0s0b0n0']).toMatchObject({
    step: TargetStep.CANCELLED,
    lastError: 'power off: no effect: the BMC still says on',
  })
  expect(room.resets).toEqual([['ForceOff']])
})

test('a round that fails is repeated, and the targets at work do not notice', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  let refusals = 0
  room.cluster.atMoment = (moment) => {
    if (moment === 'finishSession is lost' && refusals++ === 0) {
      throw trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' })
    }
    return undefined
  }
  expect(await room.ended(room.start())).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.cluster.log.filter(({ level }) => level === 'error')).toMatchObject([
    { level: 'error', message: expect.stringContaining('is repeated') },
  ])
})
