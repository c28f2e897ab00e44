import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import type { Reader } from '../state/read.ts'
import { Confirmation } from './confirmation.ts'

function setUp() {
  const clock = new VirtualClock({ monotonicMs: 1_000 })
  const answers: { ok: boolean; tookMs: number }[] = []
  let firsts = 0
  const confirmation = new Confirmation({
    read: () => {
      const { ok, tookMs } = answers.shift()!
      clock.advance(tookMs)
      return Promise.resolve({ ok, reader: {} as Reader })
    },
    monotonicMs: () => clock.monotonicMs(),
    onFirst: () => (firsts += 1),
  })
  return { clock, answers, confirmation, firsts: () => firsts }
}

test('a peer is confirmed by its first answered read, and stays so', async () => {
  const { answers, confirmation, firsts } = setUp()
  answers.push({ ok: false, tookMs: 0 }, { ok: true, tookMs: 0 }, { ok: false, tookMs: 0 }, { ok: true, tookMs: 0 })
  const seen: boolean[] = []
  while (answers.length > 0) {
    await confirmation.linearizable(250)
    seen.push(confirmation.isConfirmed)
  }
  expect(seen).toEqual([false, true, true, true])
  expect(firsts()).toBe(1)
})

test('age counts from when the last answered round began; from the start if there was none', async () => {
  const { clock, answers, confirmation } = setUp()
  clock.advance(70)
  expect(confirmation.ageMs).toBe(70)
  answers.push({ ok: true, tookMs: 30 }, { ok: false, tookMs: 250 })
  await confirmation.linearizable(250)
  expect(confirmation.ageMs).toBe(30)
  await confirmation.linearizable(250)
  expect(confirmation.ageMs).toBe(280)
})

test('a round that ends late does not make the state younger than one that began after it', async () => {
  const clock = new VirtualClock()
  const rounds: PromiseWithResolvers<{ ok: boolean; reader: Reader }>[] = []
  const confirmation = new Confirmation({
    read: () => {
      const round = Promise.withResolvers<{ ok: boolean; reader: Reader }>()
      rounds.push(round)
      return round.promise
    },
    monotonicMs: () => clock.monotonicMs(),
    onFirst: () => undefined,
  })
  const early = confirmation.linearizable(1)
  clock.advance(10)
  const late = confirmation.linearizable(1)
  for (const round of rounds.reverse()) round.resolve({ ok: true, reader: {} as Reader })
  await Promise.all([early, late])
  expect(confirmation.ageMs).toBe(0)
})

test('reads that share a round share their answer; one of a later round has its own', async () => {
  const round = Promise.resolve({ ok: true, reader: {} as Reader })
  let read = round
  const confirmation = new Confirmation({ read: () => read, monotonicMs: () => 0, onFirst: () => undefined })
  const [first, second] = [confirmation.linearizable(250), confirmation.linearizable(250)]
  expect(second).toBe(first)
  read = Promise.resolve({ ok: false, reader: {} as Reader })
  expect(await confirmation.linearizable(250)).toMatchObject({ ok: false })
  expect(await first).toMatchObject({ ok: true })
})
