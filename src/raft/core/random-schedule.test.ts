import { expect, test } from 'vitest'
import { RandomSchedule, type ScheduleCounts } from './testing/random-schedule.ts'

/** `RAFT_SEED=17 npx vitest run --project unit src/raft/core/random-schedule` repeats one; `RAFT_SEEDS` is how many. */
const first = Number(process.env['RAFT_SEED'] ?? 1)
const seeds = process.env['RAFT_SEED'] === undefined ? Number(process.env['RAFT_SEEDS'] ?? 400) : 1

test(`no schedule of ${seeds} from seed ${first} on breaks a property of the thesis, and after each the peers agree`, () => {
  const total: ScheduleCounts = { elections: 0, committed: 0, crashes: 0, lostWrites: 0, overwrites: 0, reads: 0 }
  for (let seed = first; seed < first + seeds; seed++) {
    const schedule = new RandomSchedule(seed)
    try {
      schedule.run(3_000)
      schedule.recover()
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    for (const name of Object.keys(total) as (keyof ScheduleCounts)[]) total[name] += schedule.counts[name]
  }
  if (process.env['RAFT_SEED'] !== undefined) return
  // A schedule in which nothing happens proves nothing.
  expect(total.elections).toBeGreaterThan(5 * seeds)
  expect(total.committed).toBeGreaterThan(20 * seeds)
  expect(total.crashes).toBeGreaterThan(5 * seeds)
  expect(total.lostWrites).toBeGreaterThan(seeds)
  expect(total.overwrites).toBeGreaterThan(seeds / 2)
  expect(total.reads).toBeGreaterThan(seeds)
})
