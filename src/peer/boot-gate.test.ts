import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { askUntilConfirmed, leaderlessMsMax } from './boot-gate.ts'

/** A peer whose rounds are answered as `answer` says, on virtual time. */
function setUp(answer: (round: number) => { readonly ok: boolean; readonly tookMs: number; readonly leader: string }) {
  const clock = new VirtualClock()
  const stop = new AbortController()
  const told: number[] = []
  let rounds = 0
  let leader = ''
  const run = () =>
    askUntilConfirmed({
      linearizable: (timeoutMs) => {
        const { ok, tookMs, leader: known } = answer(++rounds)
        clock.advance(Math.min(tookMs, timeoutMs))
        leader = known
        return Promise.resolve({ ok })
      },
      isExcused: () => leader === '',
      leaderless: () => told.push(clock.monotonicMs()),
      monotonicMs: () => clock.monotonicMs(),
      pause: (ms) => {
        clock.advance(ms)
        return Promise.resolve()
      },
      signal: stop.signal,
    })
  return { clock, stop, told, run, rounds: () => rounds }
}

const unanswered = { ok: false, tookMs: 1_000, leader: '' }

test('an answered round opens at once', async () => {
  const { run, clock, told } = setUp(() => ({ ok: true, tookMs: 5, leader: 'b' }))
  expect(await run()).toBe(true)
  expect(clock.monotonicMs()).toBe(5)
  expect(told).toEqual([])
})

test('15 s without any leader open too, told once, and it goes on asking until it is confirmed', async () => {
  const { run, told, rounds } = setUp((round) => (round < 40 ? unanswered : { ok: true, tookMs: 1, leader: 'b' }))
  expect(await run()).toBe(true)
  expect(told).toEqual([leaderlessMsMax])
  expect(rounds()).toBe(40)
})

test('time counts in sum, and only while no leader is known', async () => {
  // A leader that is known and does not answer is there: this peer only has not reached it yet.
  const { run, told } = setUp((round) => {
    if (round > 60) return { ok: true, tookMs: 1, leader: 'b' }
    return round % 2 === 0 ? { ...unanswered, leader: 'b' } : unanswered
  })
  await run()
  expect(told).toEqual([2 * leaderlessMsMax - 1_000])
})

test('a leader that is known all the time keeps the listener closed, however long it does not answer', async () => {
  const { run, told, clock } = setUp((round) => ({ ok: round > 600, tookMs: 1_000, leader: 'b' }))
  expect(await run()).toBe(true)
  expect(clock.monotonicMs()).toBeGreaterThan(10 * leaderlessMsMax)
  expect(told).toEqual([])
})

test('rounds that fail at once are not asked for faster than one a second', async () => {
  const { run, told, rounds } = setUp((round) => ({ ok: round > 20, tookMs: 0, leader: '' }))
  await run()
  expect(rounds()).toBe(21)
  expect(told).toEqual([leaderlessMsMax])
})

test('a peer that is damaged or stops while it asks never opens', async () => {
  const { run, stop, told } = setUp((round) => {
    if (round === 3) stop.abort()
    return round < 3 ? unanswered : { ok: true, tookMs: 1, leader: 'b' }
  })
  expect(await run()).toBe(false)
  expect(told).toEqual([])
})

test('a peer that was damaged before does not even ask', async () => {
  const { run, stop, rounds } = setUp(() => unanswered)
  stop.abort()
  expect(await run()).toBe(false)
  expect(rounds()).toBe(0)
})

test('a peer that is damaged in the round that would have opened it stays closed', async () => {
  const { run, stop, told } = setUp((round) => {
    if (round === 15) stop.abort()
    return unanswered
  })
  expect(await run()).toBe(false)
  expect(told).toEqual([])
})
