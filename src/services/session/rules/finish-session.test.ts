import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { TransitionState } from '../../../gen/trivet/power/v1/power_pb.ts'
import {
  CancelSessionRequestSchema,
  SessionOperation,
  SessionState,
  TargetStep,
} from '../../../gen/trivet/session/v1/session_pb.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { powerTransitions } from '../../power/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import { session } from '../../testing/fixtures.ts'
import { refusalOf } from '../../testing/request.ts'
import { sessions, sessionTargets } from '../tables.ts'
import { cancelSession } from './cancel-session.ts'
import { finishSession, sessionsKeptMax, tidySessions } from './finish-session.ts'

const done = { step: TargetStep.SUCCEEDED }
const failed = (lastError: string) => ({ step: TargetStep.FAILED, lastError })

function finished(steps: Parameters<typeof session>[1]['steps'] & {}, row: object = {}) {
  const state = given(allTables, session('1', { on: Object.keys(steps), steps, row }))
  state.run(finishSession, { sessionId: 'ses-1' })
  return state.only(sessions).value
}

describe('a session', () => {
  test('whose targets all succeeded is completed', () => {
    const row = finished({ x1: done, x2: done })
    expect(row).toMatchObject({ sessionState: SessionState.COMPLETED, errorMessage: '' })
    expect(row.completedMs).toBeGreaterThan(0n)
  })

  test('with an open target goes on', () => {
    expect(finished({ x1: done, x2: { step: TargetStep.REPORTED } })).toMatchObject({
      sessionState: SessionState.RUNNING,
      completedMs: 0n,
    })
  })

  test('with a failed target failed, and says stage, nodes and cause by cause, and what to try', () => {
    const steps = {
      x1000c0s0b0n0: failed('power off: no effect'),
      x1000c0s1b0n0: failed('power off: no effect'),
      x1000c0s2b0n0: failed('boot: late'),
      x1000c0s3b0n0: done,
    }
    expect(finished(steps, { operation: SessionOperation.REBOOT })).toMatchObject({
      sessionState: SessionState.FAILED,
      errorMessage:
        '3 of 4 failed: x1000c0s[0-1]b0n0: power off: no effect; x1000c0s2b0n0: boot: late. ' +
        "Try: trivet power status --nodes 'x1000c0s[0-2]b0n0', and when the cause is mended: " +
        "trivet session create compute --nodes 'x1000c0s[0-2]b0n0' --operation reboot",
    })
  })

  test('with many causes names three and counts the rest', () => {
    const steps = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`x${at}`, failed(`cause ${at}`)]))
    const { errorMessage } = finished(steps)
    expect(errorMessage).toContain('x2: cause 2; and 3 other causes. Try:')
    expect(errorMessage).not.toContain('cause 3')
  })

  test('with a cancelled target is cancelled, and tells of failures all the same', () => {
    const row = finished({ x1: { step: TargetStep.CANCELLED }, x2: failed('boot: late'), x3: done })
    expect(row.sessionState).toBe(SessionState.CANCELLED)
    expect(row.errorMessage).toContain('1 of 3 failed: x2: boot: late')
  })

  test('that has ended does not end again, and one that is gone is nobody’s', () => {
    const row = finished({ x1: done }, { sessionState: SessionState.CANCELLED, completedMs: 5n })
    expect(row).toMatchObject({ sessionState: SessionState.CANCELLED, completedMs: 5n })
    expect(given(allTables).evaluate(finishSession, { sessionId: 'ses-9' })).toEqual([])
  })
})

describe('cancelling', () => {
  const cancel = (state: ReturnType<typeof given>, id = 'ses-1') =>
    state.run(cancelSession, create(CancelSessionRequestSchema, { session: id }))

  test('is asked for once; a session that has ended stays as it is', () => {
    const state = given(allTables, session('1', { on: ['x1'] }))
    cancel(state)
    const { revision } = state.only(sessions)
    cancel(state)
    expect(state.only(sessions)).toMatchObject({
      revision,
      value: { cancelRequested: true, sessionState: SessionState.RUNNING },
    })
    const ended = given(allTables, session('1', { on: [], row: { sessionState: SessionState.COMPLETED } }))
    expect(cancel(ended).name).toBe('ses-1')
    expect(ended.only(sessions).value.cancelRequested).toBe(false)
  })

  test('a session that is not there is refused', () => {
    expect(refusalOf(() => cancel(given(allTables), 'ses-1')).code).toBe('SESSION_NOT_FOUND')
  })
})

describe('tidying', () => {
  const ended = { sessionState: SessionState.COMPLETED }
  const many = Array.from({ length: sessionsKeptMax }, (_, at) => session(`k${at}`, { on: [], row: ended }))

  test('forgets nothing while there are not too many', () => {
    expect(given(allTables, many).evaluate(tidySessions, {})).toEqual([])
  })

  test('forgets the session that was drawn first of those that ended, whatever the wall clock said, with all it has', () => {
    const first = session('a', { on: ['x1'], row: { ...ended, createdMs: 9_000_000_000_000n } })
    const transitions = Array.from({ length: 1_000 }, (_, at) =>
      put(powerTransitions, {
        id: `trn-${at}`,
        sessionId: 'ses-a',
        nodeId: 'node-x1',
        transitionState: TransitionState.OBSERVED,
      }),
    )
    const state = given(allTables, session('0', { on: ['x2'] }), first, many, transitions)
    let rounds = 0
    while (state.size(sessions) > sessionsKeptMax + 1) {
      state.run(tidySessions, {})
      rounds += 1
    }
    // Its transitions went first, as many at a time as fit.
    expect(rounds).toBe(3)
    expect(state.size(powerTransitions)).toBe(0)
    expect(state.get(sessions, 'ses-a')).toBeUndefined()
    expect(state.get(sessions, 'ses-0')).toBeDefined()
    expect(state.rows(sessionTargets).map(({ key }) => key)).toEqual(['ses-0/node-x2'])
  })
})
