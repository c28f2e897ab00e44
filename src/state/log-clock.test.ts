import { expect, test } from 'vitest'
import { LogClock } from './log-clock.ts'

function clocks(appliedMs: number, at = { wall: 1_000_000, monotonic: 50 }) {
  const clock = { wallMs: () => at.wall, monotonicMs: () => at.monotonic }
  return { at, log: new LogClock(clock, appliedMs) }
}

test('rule 4: a new cluster takes log time from the wall clock of its first leader', () => {
  const { at, log } = clocks(0)
  log.lead()
  expect(log.now()).toBe(1_000_000)
  at.monotonic += 10.7
  expect(log.now()).toBe(1_000_010)
})

test('rule 4: after a restart log time goes on from the last applied one, plus nothing', () => {
  const { at, log } = clocks(777)
  at.wall += 3_600_000
  log.lead()
  expect(log.now()).toBe(777)
})

test('rule 4: a new leader goes on from the last applied log time plus its own monotonic time since', () => {
  const { at, log } = clocks(777)
  at.monotonic += 100
  log.applied(5_000)
  at.monotonic += 40
  log.lead()
  expect(log.now()).toBe(5_040)
})

test('rule 4: what a leader applies of its own does not hold its clock back, and a wall clock does not move it', () => {
  const { at, log } = clocks(1_000)
  log.lead()
  at.monotonic += 500
  expect(log.now()).toBe(1_500)
  at.wall -= 3_600_000
  log.applied(1_000)
  at.monotonic += 500
  expect(log.now()).toBe(2_000)
})

test('a follower follows what it applies, also when it led and ran ahead of what was committed', () => {
  const { at, log } = clocks(0)
  log.lead()
  expect(log.now()).toBe(1_000_000)
  log.follow()
  log.applied(400)
  at.monotonic += 3
  expect(log.now()).toBe(403)
  log.applied(402)
  expect(log.now()).toBe(403)
})

test('before the first transaction nothing is shown that another leader may contradict', () => {
  const { at, log } = clocks(0)
  log.lead()
  at.monotonic += 7
  expect(log.shown()).toBe(7)
  expect(log.now()).toBe(1_000_007)
  log.applied(1_000_007)
  expect(log.shown()).toBe(1_000_007)
})

test('a leader that leads again before anything was applied goes on from what it stamped', () => {
  const { at, log } = clocks(0)
  log.lead()
  log.now()
  log.follow()
  at.wall = 0
  at.monotonic += 5
  log.lead()
  expect(log.now()).toBe(1_000_005)
})
