import { describe, expect, test } from 'vitest'
import { PowerState } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import { PowerOperation, TransitionState } from '../../../gen/trivet/power/v1/power_pb.ts'
import { SessionState, TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { nodeBindings } from '../../boot/tables.ts'
import { nodePowers } from '../../inventory/tables.ts'
import { powerTransitions } from '../../power/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import type { Fields } from '../../testing/fixtures.ts'
import { bmc, bootable, node, session } from '../../testing/fixtures.ts'
import { sessions, sessionTargets } from '../tables.ts'
import * as rules from './change-target.ts'

const xname = 'x1000c0s0b0n0'
const nodeId = `node-${xname}`

function standing(target: Fields<typeof sessionTargets>, row: Fields<typeof sessions> = {}) {
  const state = given(
    allTables,
    bmc('x1000c0s0b0'),
    node(xname, { path: '/1' }),
    node('x1000c0s0b0n1', { path: '/2' }),
    bootable,
    session('1', { on: [xname], steps: { [xname]: target }, row: { bootTimeoutMs: 60_000, retries: 1, ...row } }),
  )
  const at = { sessionId: 'ses-1', nodeId, step: target.step ?? TargetStep.QUEUED, attempt: target.attempt ?? 0 }
  return { state, at, target: () => state.only(sessionTargets).value }
}

const off = { operation: PowerOperation.FORCE_OFF, term: 7, observedBefore: PowerState.ON }

describe('an intent', () => {
  test('stands in the log with everything that a successor needs', () => {
    const { state, at, target } = standing({ attempt: 1 })
    const { name } = state.run(rules.intendCommand, { ...at, ...off })
    expect(state.only(powerTransitions).value).toMatchObject({
      id: name,
      nodeId,
      sessionId: 'ses-1',
      step: TargetStep.OFF_SENT,
      attempt: 1,
      term: 7n,
      transitionState: TransitionState.INTENDED,
      observedBefore: PowerState.ON,
      intendedLogMs: BigInt(state.logTimeMs),
      acceptedLogMs: 0n,
    })
    expect(target()).toMatchObject({ step: TargetStep.OFF_SENT, transitionId: name })
  })

  test('is not made while the end of any command to the same BMC is not known', () => {
    for (const transitionState of [TransitionState.INTENDED, TransitionState.ACCEPTED]) {
      const { state, at } = standing({})
      state.run(
        () => [put(powerTransitions, { id: 'trn-1', nodeId: 'node-x1000c0s0b0n1', transitionState })],
        undefined,
      )
      expect(state.evaluate(rules.intendCommand, { ...at, ...off })).toEqual([])
    }
  })

  test('is not made for a cancelled session, for another step, for another attempt, or for nobody', () => {
    const cancelled = standing({}, { cancelRequested: true })
    expect(cancelled.state.evaluate(rules.intendCommand, { ...cancelled.at, ...off })).toEqual([])
    const { state, at } = standing({ attempt: 1 })
    for (const other of [
      { step: TargetStep.BOUND },
      { attempt: 2 },
      { nodeId: 'node-x1000c0s0b0n1' },
      { sessionId: 'ses-2' },
    ]) {
      expect(state.evaluate(rules.intendCommand, { ...at, ...off, ...other })).toEqual([])
    }
  })
})

/** A target with an open command, as `intendCommand` leaves it. */
function sent(step: TargetStep, row: Fields<typeof sessions> = {}) {
  const story = standing({ step: step === TargetStep.OFF_SENT ? TargetStep.QUEUED : TargetStep.BOUND, attempt: 1 }, row)
  const operation = step === TargetStep.OFF_SENT ? PowerOperation.FORCE_OFF : PowerOperation.ON
  const { name } = story.state.run(rules.intendCommand, { ...story.at, ...off, operation })
  const transition = () => story.state.only(powerTransitions).value
  return { ...story, at: { ...story.at, step }, transitionId: name, transition }
}

describe('a command', () => {
  test('that was accepted is known to be, once', () => {
    const { state, transitionId, transition } = sent(TargetStep.OFF_SENT)
    state.advance(40).run(rules.acceptCommand, { transitionId })
    const { acceptedLogMs } = transition()
    expect(acceptedLogMs).toBe(BigInt(state.logTimeMs))
    state.advance(40).run(rules.acceptCommand, { transitionId })
    expect(transition()).toMatchObject({ transitionState: TransitionState.ACCEPTED, acceptedLogMs })
    expect(state.evaluate(rules.acceptCommand, { transitionId: 'trn-9' })).toEqual([])
  })

  test.each([
    [TargetStep.OFF_SENT, TargetStep.QUEUED, 'power off'],
    [TargetStep.ON_SENT, TargetStep.BOUND, 'power on'],
  ] as const)('that was refused at step %i goes back to step %i', (step, back, stage) => {
    const { state, at, transitionId, transition, target } = sent(step)
    const why = { transitionId, error: 'busy', pauseMs: 3_000, counts: true }
    state.run(rules.withdrawCommand, { ...at, ...why })
    expect(target()).toMatchObject({
      step: back,
      transitionId: '',
      refusals: 1,
      lastError: `${stage}: busy`,
      notBeforeLogMs: BigInt(state.logTimeMs + 3_000),
    })
    expect(transition()).toMatchObject({ transitionState: TransitionState.FAILED, errorMessage: 'busy' })
    // Said again, it changes nothing: the target stands elsewhere.
    expect(state.evaluate(rules.withdrawCommand, { ...at, ...why })).toEqual([])
  })

  test('whose effect was seen is closed by it, and the power is kept', () => {
    const { state, at, transition, target } = sent(TargetStep.OFF_SENT)
    state.run(rules.advanceTarget, { ...at, to: TargetStep.OFF_SEEN, observed: PowerState.OFF })
    expect(target()).toMatchObject({ step: TargetStep.OFF_SEEN, transitionId: '', refusals: 0, deadlineLogMs: 0n })
    expect(transition()).toMatchObject({ transitionState: TransitionState.OBSERVED, observedAfter: PowerState.OFF })
    expect(state.get(nodePowers, nodeId)!.value.powerState).toBe(PowerState.OFF)
  })

  test('of a BMC that wrote a novel into its error keeps only its beginning', () => {
    const { state, at, transition, target } = sent(TargetStep.OFF_SENT)
    state.run(rules.failAttempt, { ...at, error: 'x'.repeat(5_000), mayRetry: true, observed: undefined })
    expect(target().lastError).toHaveLength(500)
    expect(transition().errorMessage).toHaveLength(500)
  })
})

describe('an attempt', () => {
  test('binds the node’s boot to itself, with the session’s frozen template revision', () => {
    const { state, at, target } = standing(
      { step: TargetStep.OFF_SEEN, attempt: 1, attemptId: 'att-old' },
      { templateRevision: 3 },
    )
    state.run(rules.bindTarget, at)
    expect(target()).toMatchObject({ step: TargetStep.BOUND, attempt: 2 })
    expect(state.only(nodeBindings).value).toMatchObject({
      nodeId,
      sessionId: 'ses-1',
      templateId: 'tpl-compute',
      templateRevision: 3,
      attempt: 2,
      attemptId: target().attemptId,
    })
    expect(target().attemptId).not.toBe('att-old')
  })

  test('has its boot time-out from the moment at which the node was on, and no longer for fetching its script late', () => {
    const { state, at, target } = sent(TargetStep.ON_SENT)
    state.run(rules.advanceTarget, { ...at, to: TargetStep.ON_SEEN, observed: PowerState.ON })
    const { deadlineLogMs } = target()
    expect(deadlineLogMs).toBe(BigInt(state.logTimeMs + 60_000))
    state
      .advance(9_000)
      .run(rules.advanceTarget, { ...at, step: TargetStep.ON_SEEN, to: TargetStep.SCRIPT_FETCHED, observed: undefined })
    expect(target().deadlineLogMs).toBe(deadlineLogMs)
    state.run(rules.advanceTarget, {
      ...at,
      step: TargetStep.SCRIPT_FETCHED,
      to: TargetStep.REPORTED,
      observed: undefined,
    })
    expect(target()).toMatchObject({ step: TargetStep.REPORTED, deadlineLogMs: 0n })
  })

  test('that failed is followed by another one while any is left, then the target failed', () => {
    const { state, at, target } = standing({ step: TargetStep.ON_SEEN, attempt: 1, deadlineLogMs: 5n })
    const failing = { error: 'late', mayRetry: true, observed: undefined }
    state.run(rules.failAttempt, { ...at, ...failing })
    expect(target()).toMatchObject({
      step: TargetStep.QUEUED,
      retriesUsed: 1,
      deadlineLogMs: 0n,
      lastError: 'boot: late',
    })
    state.run(rules.failAttempt, { ...at, ...failing, step: TargetStep.QUEUED })
    expect(target()).toMatchObject({ step: TargetStep.FAILED, retriesUsed: 1, lastError: 'power status: late' })
  })

  test('that cannot be helped is the last one', () => {
    const { state, at, target } = standing({})
    state.run(rules.failAttempt, { ...at, error: 'wrong password', mayRetry: false, observed: undefined })
    expect(target()).toMatchObject({ step: TargetStep.FAILED, retriesUsed: 0 })
  })

  test('of a cancelled session is followed by none, and that is why', () => {
    const { state, at, target } = standing({}, { cancelRequested: true })
    state.run(rules.failAttempt, { ...at, error: 'no effect', mayRetry: true, observed: undefined })
    expect(target()).toMatchObject({ step: TargetStep.CANCELLED, retriesUsed: 0, lastError: 'power status: no effect' })
  })
})

describe('the last error', () => {
  /** A target that had an error at one step, after it came to another one. */
  function after(failedAt: TargetStep, ...steps: readonly TargetStep[]) {
    const { state, at, target } = standing({ step: failedAt, attempt: 1 }, { retries: 5 })
    state.run(rules.failAttempt, { ...at, error: 'late', mayRetry: true, observed: undefined })
    for (const to of steps) state.run(rules.advanceTarget, { ...at, step: target().step, to, observed: undefined })
    return { state, at: { ...at, step: target().step }, target }
  }

  const way = [
    TargetStep.OFF_SEEN,
    TargetStep.BOUND,
    TargetStep.ON_SEEN,
    TargetStep.SCRIPT_FETCHED,
    TargetStep.REPORTED,
  ]

  test.each([
    ['power status', TargetStep.QUEUED, 0],
    ['power off', TargetStep.OFF_SENT, 0],
    ['power on', TargetStep.BOUND, 2],
    ['power on', TargetStep.ON_SENT, 2],
    ['boot', TargetStep.ON_SEEN, 5],
    ['boot', TargetStep.REPORTED, 5],
  ] as const)('of the stage %s, at step %i, stands until that stage is passed', (stage, failedAt, kept) => {
    const steps = [...way, TargetStep.SUCCEEDED]
    const shown = steps.map((_, count) => after(failedAt, ...steps.slice(0, count + 1)).target().lastError)
    expect(shown).toEqual(steps.map((_, count) => (count < kept ? `${stage}: late` : '')))
  })

  test('of a BMC that could not be asked is overcome by a command, one of a boot is not', () => {
    for (const [failedAt, lastError] of [
      [TargetStep.QUEUED, ''],
      [TargetStep.ON_SEEN, 'boot: late'],
    ] as const) {
      const { state, at, target } = after(failedAt)
      state.run(rules.intendCommand, { ...at, ...off })
      expect(target()).toMatchObject({ step: TargetStep.OFF_SENT, lastError })
    }
  })

  test('of a refused command is overcome by its effect', () => {
    const { state, at, transitionId, target } = sent(TargetStep.ON_SENT)
    state.run(rules.withdrawCommand, { ...at, transitionId, error: 'busy', pauseMs: 0, counts: false })
    state.run(rules.intendCommand, { ...at, step: TargetStep.BOUND, ...off, operation: PowerOperation.ON })
    expect(target().lastError).toBe('power on: busy')
    state.run(rules.advanceTarget, { ...at, to: TargetStep.ON_SEEN, observed: PowerState.ON })
    expect(target().lastError).toBe('')
  })

  test('is why a cancelled target was where it was', () => {
    const { state, at, target } = after(TargetStep.ON_SEEN)
    state.run(rules.cancelTarget, at)
    expect(target()).toMatchObject({ step: TargetStep.CANCELLED, lastError: 'boot: late' })
  })
})

test('a power that is seen again as it was is not written again', () => {
  const { state, at } = sent(TargetStep.OFF_SENT)
  state.run(() => [put(nodePowers, { nodeId, powerState: PowerState.ON, observedMs: 5n })], undefined)
  state.run(rules.failAttempt, { ...at, error: 'no effect', mayRetry: true, observed: PowerState.ON })
  expect(state.get(nodePowers, nodeId)!.value.observedMs).toBe(5n)
})

test('a session starts to run once, and a cancelled target ends', () => {
  const { state, at, target } = standing({}, { sessionState: SessionState.PENDING })
  state.run(rules.startRunning, { sessionId: 'ses-1' })
  expect(state.only(sessions).value.sessionState).toBe(SessionState.RUNNING)
  expect(state.evaluate(rules.startRunning, { sessionId: 'ses-1' })).toEqual([])
  state.run(rules.cancelTarget, at)
  expect(target().step).toBe(TargetStep.CANCELLED)
})
