import { create } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { ReportBootRequestSchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { PowerState } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { SessionOperation, SessionState, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import { nodeBindings } from '../boot/tables.ts'
import { reportBoot } from '../evidence/rules/report-boot.ts'
import { nodePowers } from '../inventory/tables.ts'
import { powerTransitions } from '../power/tables.ts'
import { pathOf, SessionRoom } from './testing/session-room.ts'
import { sessionTargets } from './tables.ts'

const working: readonly TargetStep[] = [
  TargetStep.QUEUED,
  TargetStep.SUCCEEDED,
  TargetStep.FAILED,
  TargetStep.CANCELLED,
]

test('a boot session powers on what is off, and ends completed when every node has reported its attempt', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off']] })
  const id = room.start()
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED, errorMessage: '' })
  expect(Object.values(room.targets(id)).map(({ step, attempt }) => ({ step, attempt }))).toEqual([
    { step: TargetStep.SUCCEEDED, attempt: 1 },
    { step: TargetStep.SUCCEEDED, attempt: 1 },
  ])
  expect(room.resets).toEqual([['On'], ['On']])
  expect(room.overlaps).toEqual([])
  for (const { nodeId, attemptId } of room.reports) {
    expect(room.state.get(nodeBindings, nodeId)?.value.attemptId).toBe(attemptId)
  }
})

test('a reboot session powers off, sees it off, and powers on', async () => {
  const room = new SessionRoom({ bmcs: [['On'], ['Off']] })
  const id = room.start({ operation: SessionOperation.REBOOT })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On'], ['On']])
  expect(room.overlaps).toEqual([])
})

test('every command is a transition that was committed before it and closed by what was seen', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  const id = room.start({ operation: SessionOperation.REBOOT })
  await room.ended(id)
  const transitions = room.state.rows(powerTransitions).map(({ value }) => value)
  expect(transitions).toHaveLength(2)
  for (const transition of transitions) {
    expect(transition).toMatchObject({ sessionId: id, transitionState: TransitionState.OBSERVED, term: 1n })
    expect(transition.acceptedLogMs).toBeGreaterThan(transition.intendedLogMs)
  }
})

test('a boot session leaves alone what runs the template revision already, and a reboot session does not', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  await room.ended(room.start())
  expect(await room.ended(room.start())).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['On']])
  expect(await room.ended(room.start({ operation: SessionOperation.REBOOT }))).toMatchObject({
    sessionState: SessionState.COMPLETED,
  })
  expect(room.resets).toEqual([['On', 'ForceOff', 'On']])
})

test('a boot session restarts a node that runs nobody knows what', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  expect(await room.ended(room.start())).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets).toEqual([['ForceOff', 'On']])
})

test('a BMC that reports three seconds late gets its next command only after it has reported', async () => {
  const room = new SessionRoom({ bmcs: [['On', 'On']], onMs: 8_000, offMs: 8_000, lateMs: 3_000 })
  expect(await room.ended(room.start())).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.resets[0]).toHaveLength(4)
  expect(room.overlaps).toEqual([])
})

test('two nodes behind one BMC never have commands open at the same time', async () => {
  const room = new SessionRoom({ bmcs: [['On', 'On', 'Off']] })
  const open = () =>
    room.state.rows(powerTransitions).filter(({ value }) => value.transitionState < TransitionState.OBSERVED)
  const id = room.start()
  let most = 0
  const step = async () => {
    most = Math.max(most, open().length)
    await room.time.pass(100)
  }
  while (room.session(id).sessionState <= SessionState.RUNNING) await step()
  expect(room.session(id).sessionState).toBe(SessionState.COMPLETED)
  expect(most).toBe(1)
  expect(room.overlaps).toEqual([])
})

test('nodes behind one BMC share one login, and nobody is logged in when nothing is left to do', async () => {
  const room = new SessionRoom({ bmcs: [['Off', 'Off', 'Off']] })
  const id = room.start()
  await room.time.until(() => room.bmcs[0]!.requests > 3, 60_000)
  expect(room.bmcs[0]!.sessionsOpen).toBe(1)
  await room.ended(id)
  await room.time.pass(1_000)
  expect(room.bmcs[0]!.sessionsOpen).toBe(0)
})

test('no more targets are at work than the session allows, and all get their turn', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off'], ['Off'], ['Off'], ['Off']] })
  const id = room.start({ maxInFlight: 2 })
  let most = 0
  while (room.session(id).sessionState <= SessionState.RUNNING) {
    const atWork = room.state.rows(sessionTargets).filter(({ value }) => !working.includes(value.step))
    most = Math.max(most, atWork.length)
    await room.time.pass(100)
  }
  expect(most).toBe(2)
  expect(room.session(id).sessionState).toBe(SessionState.COMPLETED)
})

test('a new leader goes on first with the targets that were begun, within the same limit', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off'], ['Off'], ['Off']] })
  const id = room.start({ maxInFlight: 1 })
  await room.time.until(() => room.reports.length === 1, 60_000)
  await room.time.until(
    () => room.state.rows(sessionTargets).some(({ value }) => value.step === TargetStep.BOUND),
    60_000,
  )
  const begun = room.state.rows(sessionTargets).find(({ value }) => value.step === TargetStep.BOUND)!.key
  room.leader.finish('killed')
  room.newLeader()
  await room.time.until(() => room.state.get(sessionTargets, begun)!.value.step === TargetStep.ON_SENT, 60_000)
  const others = room.state
    .rows(sessionTargets)
    .filter(({ key, value }) => key !== begun && !working.includes(value.step))
  expect(others).toEqual([])
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
})

test('a node that does not boot is powered off and on again, then given up with stage, cause and what to try', async () => {
  const room = new SessionRoom({ bmcs: [['Off'], ['Off']] })
  room.dead.add('node-x1000c0s1b0n0')
  const id = room.start({ retries: 1, bootTimeout: durationFromMs(60_000) })
  const session = await room.ended(id)
  expect(session.sessionState).toBe(SessionState.FAILED)
  expect(session.errorMessage).toBe(
    '1 of 2 failed: x1000c0s1b0n0: boot: the node fetched no script within the boot time-out. ' +
      "Try: trivet power status --nodes 'x1000c0s1b0n0', and when the cause is mended: " +
      "trivet session create compute --nodes 'x1000c0s1b0n0'",
  )
  expect(room.targets(id)['x1000c0s1b0n0']).toMatchObject({ step: TargetStep.FAILED, attempt: 2, retriesUsed: 1 })
  expect(room.resets).toEqual([['On'], ['On', 'ForceOff', 'On']])
  expect(room.overlaps).toEqual([])
})

test('an attempt that was given up and reports after all counts, without another restart', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  const nodeId = 'node-x1000c0s0b0n0'
  room.dead.add(nodeId)
  const id = room.start({ bootTimeout: durationFromMs(30_000) })
  const target = () => room.targets(id)['x1000c0s0b0n0']!
  await room.time.until(() => target().retriesUsed === 1, 60_000)
  expect(target().step).toBe(TargetStep.QUEUED)
  room.cluster.submit(reportBoot, create(ReportBootRequestSchema, { nodeId, attemptId: target().attemptId }))
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(target()).toMatchObject({ attempt: 1, retriesUsed: 1 })
  expect(room.resets).toEqual([['On']])
})

test('a change of power is noticed within two seconds of its report, while it is to be expected', async () => {
  for (let offMs = 500; offMs <= 8_000; offMs += 700) {
    const room = new SessionRoom({ bmcs: [['On']], offMs })
    const id = room.start()
    await room.time.until(() => room.bmcs[0]!.resets.length === 1, 60_000)
    const reportedMs = room.bmcs[0]!.resets[0]!.atMs + offMs
    await room.time.until(() => room.targets(id)['x1000c0s0b0n0']!.step >= TargetStep.OFF_SEEN, 60_000)
    expect(room.time.monotonicMs() - reportedMs).toBeLessThanOrEqual(2_000)
  }
})

test('a BMC that does nothing for long is asked less and less often', async () => {
  const room = new SessionRoom({ bmcs: [['On']] })
  room.bmcs[0]!.script(pathOf(0), { kind: 'ignore' })
  const id = room.start({ retries: 0, powerTimeout: durationFromMs(600_000) })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.FAILED })
  expect(room.bmcs[0]!.requests).toBeLessThan(20 + 600 / 5 + 5)
})

test('a node that shows itself is on, whatever its BMC says for ever', async () => {
  const room = new SessionRoom({ bmcs: [['Off']] })
  room.bmcs[0]!.shown = () => 'off'
  const id = room.start({ powerTimeout: durationFromMs(20_000) })
  expect(await room.ended(id)).toMatchObject({ sessionState: SessionState.COMPLETED })
  expect(room.targets(id)['x1000c0s0b0n0']).toMatchObject({ attempt: 1, retriesUsed: 0 })
  expect(room.state.get(nodePowers, 'node-x1000c0s0b0n0')!.value.powerState).toBe(PowerState.ON)
  expect(room.state.only(powerTransitions).value).toMatchObject({ observedAfter: PowerState.ON })
  expect(room.resets).toEqual([['On']])
})
