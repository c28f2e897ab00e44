import { expect, test } from 'vitest'
import { noCounts, RandomSchedule, type ScheduleCounts } from './testing/random-schedule.ts'

/**
 * `RAFT_SEED=17 npx vitest run --project unit src/raft/core/random-schedule` repeats one schedule; with `RAFT_SEEDS` it
 * is so many from there on.
 */
const { RAFT_SEED: seed, RAFT_SEEDS: count } = process.env
const first = Number(seed ?? 1)
const seeds = Number(count ?? (seed === undefined ? 400 : 1))

test(`none of ${seeds} schedules from seed ${first} on breaks a property of the thesis, and after each the peers agree`, () => {
  const total: ScheduleCounts = { ...noCounts }
  for (let next = first; next < first + seeds; next++) {
    const schedule = new RandomSchedule(next)
    try {
      schedule.run(3_000)
      schedule.recover()
    } catch (error) {
      throw new Error(`seed ${next}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    for (const name of Object.keys(total) as (keyof ScheduleCounts)[]) total[name] += schedule.counts[name]
  }
  if (seeds < 100) return
  // A schedule in which nothing happens proves nothing.
  expect(total.elections).toBeGreaterThan(5 * seeds)
  expect(total.committed).toBeGreaterThan(20 * seeds)
  expect(total.crashes).toBeGreaterThan(5 * seeds)
  expect(total.lostWrites).toBeGreaterThan(seeds)
  expect(total.overwrites).toBeGreaterThan(seeds / 2)
  expect(total.reads).toBeGreaterThan(seeds)
  expect(total.confChanges).toBeGreaterThan(2 * seeds)
  expect(total.transfers).toBeGreaterThan(seeds)
  expect(total.compactions).toBeGreaterThan(5 * seeds)
  expect(total.snapshots).toBeGreaterThan(seeds / 2)
})
