import { expect, test } from 'vitest'
import { ManualClock } from '../manual-clock.ts'
import { seededRandom } from '../random.ts'
import type { PhysicalPower, ResetDone, ResetDisturbance, RoomResetType, TransitionStyle } from './power.ts'
import { Power } from './power.ts'

const delayMs = { min: 1_000, max: 8_000 }

function server(options: { style?: TransitionStyle; systemRuns?: boolean; on?: boolean } = {}) {
  const clock = new ManualClock()
  const seen: PhysicalPower[] = []
  const done: ResetDone[] = []
  const power = new Power({
    clock,
    random: seededRandom('power'),
    delayMs,
    style: options.style ?? 'powering',
    systemRuns: () => options.systemRuns ?? false,
    onPower: (state) => seen.push(state),
    onDone: (ended) => done.push(ended),
  })
  if (options.on === true) {
    power.begin('On', {})
    clock.advance(delayMs.max)
    seen.length = 0
    done.length = 0
  }
  const reset = (resetType: RoomResetType, disturbance: ResetDisturbance = {}) => {
    power.begin(resetType, disturbance)
    clock.advance(delayMs.max + (disturbance.lateReportMs ?? 0))
  }
  return { clock, power, seen, done, reset }
}

test('powering on takes one to eight seconds and is reported as such meanwhile', () => {
  const { clock, power, seen, done } = server()
  power.begin('On', {})
  clock.advance(999)
  expect([power.reported, power.underWay, seen]).toEqual(['PoweringOn', 'On', []])
  clock.advance(delayMs.max - 999)
  expect([power.reported, power.underWay, seen]).toEqual(['On', undefined, ['On']])
  expect(done).toHaveLength(1)
  expect(done[0]!.tookMs).toBeGreaterThanOrEqual(delayMs.min)
  expect(done[0]!.tookMs).toBeLessThan(delayMs.max)
})

test('the delays of one server differ, and those of the same seed do not', () => {
  const delays = () => {
    const { reset, done } = server()
    for (const type of ['On', 'Off', 'On', 'Off'] as const) reset(type)
    return done.map((ended) => Math.round(ended.tookMs))
  }
  expect(new Set(delays()).size).toBe(4)
  expect(delays()).toEqual(delays())
})

test('a transitional vendor reports the old state, then null, then the new one', () => {
  const { clock, power } = server({ style: 'transitional', on: true })
  power.begin('ForceOff', {})
  const reported = [power.reported]
  while (power.underWay !== undefined) {
    clock.advance(100)
    if (power.reported !== reported.at(-1)) reported.push(power.reported)
  }
  expect(reported).toEqual(['On', null, 'Off'])
})

test('a restart goes through off and is reported as Reset', () => {
  const { clock, power, seen } = server({ style: 'transitional', on: true })
  power.begin('ForceRestart', {})
  expect(power.reported).toBe('Reset')
  clock.advance(delayMs.max)
  expect(seen).toEqual(['Off', 'On'])
  expect(power.reported).toBe('On')
})

test('Off reported three seconds late: the hardware is off, the BMC says On, and the reset is not over', () => {
  const { clock, power, seen, done } = server({ on: true })
  power.begin('ForceOff', { lateReportMs: 3_000 })
  while (seen.length === 0) clock.advance(10)
  clock.advance(2_980)
  expect([power.physical, power.reported, power.underWay]).toEqual(['Off', 'On', 'ForceOff'])
  clock.advance(20)
  expect([power.physical, power.reported, power.underWay]).toEqual(['Off', 'Off', undefined])
  expect(done[0]).toMatchObject({ outcome: 'reached', power: 'Off' })
})

test('a BMC that never obeys accepts, changes nothing, and its reset is over when it would have been', () => {
  const { reset, power, seen, done } = server()
  reset('On', { neverObeys: true })
  expect([power.reported, seen]).toEqual(['Off', []])
  expect(done).toMatchObject([{ outcome: 'nothing_happened', power: 'Off' }])
})

test('a reset to the state that is already there ends at once', () => {
  const { power, done, seen } = server()
  power.begin('ForceOff', {})
  expect(done).toMatchObject([{ outcome: 'already_there', tookMs: 0 }])
  expect([power.underWay, seen]).toEqual([undefined, []])
})

test('a soft shutdown works with an operating system and does nothing without', () => {
  const without = server({ on: true })
  without.reset('GracefulShutdown')
  expect([without.power.physical, without.done[0]!.outcome]).toEqual(['On', 'nothing_happened'])
  const running = server({ on: true, systemRuns: true })
  running.reset('GracefulShutdown')
  expect([running.power.physical, running.done[0]!.outcome]).toEqual(['Off', 'reached'])
})

test('the power button toggles', () => {
  const { reset, power } = server({ systemRuns: true })
  reset('PushPowerButton')
  expect(power.physical).toBe('On')
  reset('PushPowerButton')
  expect(power.physical).toBe('Off')
})

test('a second reset while one is under way is a mistake of the caller', () => {
  const { power } = server()
  power.begin('On', {})
  expect(() => power.begin('ForceOff', {})).toThrow(/still under way/)
})

test('a stopped server does nothing more', () => {
  const { clock, power, seen, done } = server()
  power.begin('On', {})
  power.stop()
  clock.advance(60_000)
  expect([seen, done]).toEqual([[], []])
})
