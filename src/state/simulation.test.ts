import { expect, test } from 'vitest'
import type { Mutant } from './testing/simulation/mutant.ts'
import { mutants, sound } from './testing/simulation/mutant.ts'
import { Simulation } from './testing/simulation/simulation.ts'

const stepsPerRun = 600
const seedsPerTest = 100

/** Runs seeds until something is wrong. A seed repeats its run, so that what is printed can be looked at. */
async function firstViolation(make: () => Mutant, seeds: { readonly from: number; readonly count: number }) {
  const counts: Record<string, number> = {}
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    const simulation = new Simulation(seed, make())
    const [violation] = await simulation.run(stepsPerRun)
    for (const [what, count] of Object.entries(simulation.counts)) counts[what] = (counts[what] ?? 0) + count
    if (violation !== undefined) return { violation: `seed ${seed}: ${violation}`, counts }
  }
  return { violation: undefined, counts }
}

test.for([1, 101, 201, 301, 401, 501])(
  'rules 1-16: whatever is delayed, lost, refused or killed, what clients are told agrees with the log (seeds from %i)',
  async (from) => {
    const { violation, counts } = await firstViolation(() => sound(true), { from, count: seedsPerTest })
    expect(violation).toBeUndefined()
    // A simulation in which nothing happens finds nothing.
    for (const what of ['ok', 'refused', 'elections', 'refusals', 'reads']) expect(counts[what]).toBeGreaterThan(100)
    for (const what of ['replayed', 'crashes', 'shared', 'refusedRetries']) expect(counts[what]).toBeGreaterThan(10)
  },
)

test('a seed repeats its run', async () => {
  const [one, other] = [new Simulation(7, sound(true)), new Simulation(7, sound(true))]
  await one.run(stepsPerRun)
  await other.run(stepsPerRun)
  expect(one.counts).toEqual(other.counts)
  expect(one.counts.ok).toBeGreaterThan(0)
})

// `sweeper against an unfinished session` (rule 18) has no test: there are no claims and no sweeper yet, and a
// transaction that would need them is refused (`evaluate.test.ts`).
const mistakes = Object.entries(mutants).flatMap(([name, make]) =>
  [true, false].map((assertions) => ({ name, assertions, make: () => make(assertions) })),
)

test.for(mistakes)('the simulation catches $name, with assertions $assertions', async ({ make }) => {
  const { violation } = await firstViolation(make, { from: 1, count: 1_000 })
  expect(violation).toMatch(/^seed \d+: /)
})
