import { expect, test } from 'vitest'
import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import { SessionOperation, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import type { Situation, Step } from './next-step.ts'
import { nextStep } from './next-step.ts'

const both = [false, true] as const
const nowLogMs = 1_000

const values = {
  operation: [SessionOperation.UNSPECIFIED, SessionOperation.BOOT, SessionOperation.REBOOT],
  step: Array.from({ length: TargetStep.CANCELLED + 1 }, (_, step) => step as TargetStep),
  power: ['on', 'off', 'powering_on', 'powering_off', 'unknown', undefined],
  unobservable: [undefined, { reason: 'gone', fatal: false }, { reason: 'locked', fatal: true }],
  blindTooLong: both,
  conclusive: both,
  fetched: both,
  reported: both,
  runsThis: both,
  cancelled: both,
  bmcBusy: both,
  nowLogMs: [nowLogMs],
  notBeforeLogMs: [0, nowLogMs + 1],
  deadlineLogMs: [0, nowLogMs, nowLogMs + 1],
} as const satisfies { readonly [Name in keyof Situation]: readonly Situation[Name][] }

function* situations(): Generator<Situation> {
  const names = Object.keys(values) as (keyof Situation)[]
  const at = names.map(() => 0)
  for (;;) {
    yield Object.fromEntries(names.map((name, index) => [name, values[name][at[index]!]])) as unknown as Situation
    let place = 0
    while (place < names.length && (at[place] = at[place]! + 1) === values[names[place]!].length) at[place++] = 0
    if (place === names.length) return
  }
}

const all: readonly { readonly now: Situation; readonly step: Step }[] = [...situations()].map((now) => ({
  now,
  step: nextStep(now),
}))

/** Shows the first combinations that break a rule, instead of half a million. */
function expectAlways(holds: (now: Situation, step: Step) => boolean): void {
  expect(all.filter(({ now, step }) => !holds(now, step)).slice(0, 3)).toEqual([])
}

const isSent = (step: TargetStep) => step === TargetStep.OFF_SENT || step === TargetStep.ON_SENT
const isEnded = (step: TargetStep) => step >= TargetStep.SUCCEEDED

test('every combination has exactly one answer, and the same one each time', () => {
  expect(all.length).toBe(3 * 12 * 6 * 3 * 2 ** 7 * 2 * 3)
  const kinds = new Set(['done', 'wait', 'observe', 'command', 'advance', 'bind', 'retry', 'fail', 'cancel'])
  expectAlways((now, step) => kinds.has(step.kind) && JSON.stringify(nextStep(now)) === JSON.stringify(step))
  expect(new Set(all.map(({ step }) => step.kind))).toEqual(kinds)
})

test('a command is sent only on a power that was observed, and only to change it', () => {
  expectAlways(
    (now, step) =>
      step.kind !== 'command' ||
      (step.operation === PowerOperation.ON && now.step === TargetStep.BOUND && now.power === 'off') ||
      (step.operation === PowerOperation.FORCE_OFF && now.step === TargetStep.QUEUED && now.power === 'on'),
  )
})

test('no command is sent while another one to the BMC is open', () => {
  expectAlways((now, step) => step.kind !== 'command' || (!now.bmcBusy && !isSent(now.step)))
})

test('while the effect of a command can still show, its target only looks, waits, or takes evidence', () => {
  expectAlways((now, step) => !isSent(now.step) || now.conclusive || ['observe', 'wait', 'advance'].includes(step.kind))
})

test('a command counts as over when its effect is seen, or would be seen by now, and never earlier', () => {
  expectAlways(
    (now, step) =>
      !isSent(now.step) ||
      step.kind !== 'advance' ||
      now.conclusive ||
      now.power === (now.step === TargetStep.ON_SENT ? 'on' : 'off'),
  )
})

test('no command is sent before its time, and none to a BMC that cannot be asked', () => {
  expectAlways(
    (now, step) => step.kind !== 'command' || (now.nowLogMs >= now.notBeforeLogMs && now.unobservable?.fatal !== true),
  )
})

test('a cancelled target sends nothing and binds nothing', () => {
  expectAlways((now, step) => !now.cancelled || (step.kind !== 'command' && step.kind !== 'bind'))
})

test('a cancelled target without an open command ends at once, unless it has come further by itself', () => {
  const waiting: readonly TargetStep[] = [
    TargetStep.QUEUED,
    TargetStep.OFF_SEEN,
    TargetStep.BOUND,
    TargetStep.ON_SEEN,
    TargetStep.SCRIPT_FETCHED,
  ]
  expectAlways(
    (now, step) =>
      !now.cancelled ||
      !waiting.includes(now.step) ||
      step.kind === 'cancel' ||
      (step.kind === 'advance' && evidence(now, step.to)),
  )
})

test('a command of a cancelled target is observed to its end', () => {
  expectAlways((now, step) => !isSent(now.step) || step.kind !== 'cancel')
})

test('nothing is done for a target that has ended, and nothing else is ever done', () => {
  expectAlways((now, step) => isEnded(now.step) === (step.kind === 'done'))
})

/** What has to be seen before a target may stand at a step. */
function evidence(now: Situation, to: TargetStep): boolean {
  switch (to) {
    case TargetStep.OFF_SEEN:
      return now.power === 'off' && (now.step === TargetStep.QUEUED || now.step === TargetStep.OFF_SENT)
    case TargetStep.ON_SEEN:
      return now.power === 'on' && now.step === TargetStep.ON_SENT
    case TargetStep.SCRIPT_FETCHED:
      return now.fetched && (now.step === TargetStep.ON_SENT || now.step === TargetStep.ON_SEEN)
    case TargetStep.REPORTED:
      return now.reported && now.step !== TargetStep.REPORTED && !isEnded(now.step)
    case TargetStep.SUCCEEDED:
      return now.step === TargetStep.REPORTED || (now.step === TargetStep.QUEUED && now.power === 'on' && now.runsThis)
    default:
      return false
  }
}

test('a target advances by evidence alone', () => {
  expectAlways((now, step) => step.kind !== 'advance' || evidence(now, step.to))
})

test('a node that is to be rebooted has not succeeded because it already runs the right thing', () => {
  expectAlways(
    (now, step) =>
      now.operation !== SessionOperation.REBOOT ||
      now.step !== TargetStep.QUEUED ||
      step.kind !== 'advance' ||
      step.to !== TargetStep.SUCCEEDED,
  )
})

test('a BMC that must not be asked again is not', () => {
  expectAlways((now, step) => now.unobservable?.fatal !== true || step.kind !== 'observe')
})

test('only what never helps fails a target for good; everything else is tried again', () => {
  expectAlways(
    (now, step) => step.kind !== 'fail' || now.unobservable?.fatal === true || now.step === TargetStep.UNSPECIFIED,
  )
})

test('who waits knows until when, or is woken; and every failure says why', () => {
  expectAlways((_now, step) => step.kind !== 'wait' || step.untilLogMs === undefined || step.untilLogMs > nowLogMs)
  expectAlways((_now, step) => (step.kind !== 'fail' && step.kind !== 'retry') || step.error.length > 0)
})

test('a BMC that says neither on nor off, or nothing, for too long ends the attempt', () => {
  const looking: readonly TargetStep[] = [TargetStep.QUEUED, TargetStep.BOUND]
  expectAlways((now, step) => {
    const sees = now.power === 'on' || now.power === 'off'
    if (!now.blindTooLong || sees || now.cancelled || now.notBeforeLogMs > nowLogMs) return true
    return !looking.includes(now.step) || step.kind === 'retry' || step.kind === 'fail'
  })
})
