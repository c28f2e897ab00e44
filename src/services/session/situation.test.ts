import { expect, test } from 'vitest'
import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import type { Fixture } from '../../state/testing/given.ts'
import { given } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import { nodeBindings, nodeBoots } from '../boot/tables.ts'
import { conclude } from '../power/rules/observation.ts'
import { powerTransitions } from '../power/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import type { Fields } from '../testing/fixtures.ts'
import { bmc, bootable, node, session } from '../testing/fixtures.ts'
import type { Sighting } from './situation.ts'
import { sightingAgeMsMax, situationOf } from './situation.ts'
import { sessions, sessionTargets } from './tables.ts'

const xname = 'x1000c0s0b0n0'
const nodeId = `node-${xname}`
const blind: Sighting = { seen: undefined, unobservable: undefined, blindSinceLogMs: undefined, sentBeforeLogMs: 0 }

function situation(options: {
  readonly target?: Fields<typeof sessionTargets>
  readonly rows?: Fixture
  readonly sighting?: Partial<Sighting>
  readonly nowLogMs?: number
}) {
  const state = given(
    allTables,
    [bmc('x1000c0s0b0'), node(xname, { path: '/1' }), node('x1000c0s0b0n1', { path: '/2' }), bootable],
    session('1', { on: [xname], steps: { [xname]: options.target ?? {} } }),
    options.rows ?? [],
  )
  return situationOf(state, {
    session: state.get(sessions, 'ses-1')!,
    target: state.get(sessionTargets, `ses-1/${nodeId}`)!,
    sighting: { ...blind, ...options.sighting },
    patience: { settleMs: 15_000, powerTimeoutMs: 120_000 },
    conclude,
    nowLogMs: options.nowLogMs ?? 100_000,
  })
}

const open = (id: string, on: string, row: object = {}) =>
  put(powerTransitions, { id, nodeId: on, transitionState: TransitionState.INTENDED, ...row })

test('a power that was seen long ago is not known any more', () => {
  const seen = { power: 'on', askedLogMs: 1_000, answeredLogMs: 2_000 } as const
  expect(situation({ sighting: { seen }, nowLogMs: 2_000 + sightingAgeMsMax }).power).toBe('on')
  expect(situation({ sighting: { seen }, nowLogMs: 2_001 + sightingAgeMsMax }).power).toBeUndefined()
})

test('what was asked before a command had its time is not conclusive, however late it is looked at', () => {
  const target = { step: TargetStep.OFF_SENT, transitionId: 'trn-1' }
  const seen = (askedLogMs: number) => ({ power: 'on', askedLogMs, answeredLogMs: askedLogMs }) as const
  const rows = open('trn-1', nodeId)
  const at = (askedLogMs: number) =>
    situation({ target, rows, sighting: { seen: seen(askedLogMs), sentBeforeLogMs: 80_000 } }).conclusive
  expect(at(94_999)).toBe(false)
  expect(at(95_000)).toBe(true)
})

test('without a command nothing is conclusive', () => {
  expect(situation({}).conclusive).toBe(false)
})

test('a BMC is busy while any of its nodes has an open command, but not with the target’s own', () => {
  expect(situation({ rows: open('trn-1', 'node-x1000c0s0b0n1') }).bmcBusy).toBe(true)
  const own = { step: TargetStep.OFF_SENT, transitionId: 'trn-1' }
  expect(situation({ target: own, rows: open('trn-1', nodeId) }).bmcBusy).toBe(false)
  const closed = open('trn-1', 'node-x1000c0s0b0n1', { transitionState: TransitionState.OBSERVED })
  expect(situation({ rows: closed }).bmcBusy).toBe(false)
})

test('a fetch or a report of another attempt counts for nothing', () => {
  const target = { attemptId: 'att-2' }
  const boot = (attemptId: string) =>
    put(nodeBoots, { nodeId, fetchedAttemptId: attemptId, reportedAttemptId: attemptId })
  expect(situation({ target, rows: boot('att-1') })).toMatchObject({ fetched: false, reported: false })
  expect(situation({ target, rows: boot('att-2') })).toMatchObject({ fetched: true, reported: true })
  // Before the first attempt nothing counts, not even nothing.
  expect(situation({ rows: boot('') })).toMatchObject({ fetched: false, reported: false })
})

test('a node runs this when it reported the template revision, and was bound to nothing else since', () => {
  const runs = (revision: number, bound: string) =>
    situation({
      rows: [
        put(nodeBindings, { nodeId, attemptId: bound, templateId: 'tpl-compute', templateRevision: revision }),
        put(nodeBoots, { nodeId, reportedAttemptId: 'att-1', templateId: 'tpl-compute', templateRevision: revision }),
      ],
    }).runsThis
  expect(runs(1, 'att-1')).toBe(true)
  expect(runs(2, 'att-1')).toBe(false)
  expect(runs(1, 'att-2')).toBe(false)
})

test('a BMC is blind too long only after the power time-out and the settle time', () => {
  const at = (blindSinceLogMs: number | undefined) => situation({ sighting: { blindSinceLogMs } }).blindTooLong
  expect(at(undefined)).toBe(false)
  expect(at(100_000)).toBe(false)
  expect(at(-20_000)).toBe(true)
})
