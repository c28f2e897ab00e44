import { expect, test } from 'vitest'
import { Simulation, type SimulationResult } from './simulation.ts'

const run = (seed: number, ticks: number): Promise<SimulationResult> => new Simulation({ seed, ticks }).run()

test('the same seed gives the same trace, to the last event', async () => {
  for (const seed of [3, 5, 13]) {
    const [one, other] = [await run(seed, 1_500), await run(seed, 1_500)]
    expect(one.traceHash).toBe(other.traceHash)
    expect(one.counts).toEqual(other.counts)
    expect(one.counts['revisions']).toBeGreaterThan(10)
  }
})

test('two seeds give two traces', async () => {
  expect((await run(2, 300)).traceHash).not.toBe((await run(3, 300)).traceHash)
})
