import { shrink } from './shrink.ts'
import { Simulation, type SimulationResult } from './simulation.ts'

/** One seed for a worker process. */
export interface SeedJob {
  readonly seed: number
  readonly ticks: number
  readonly without: readonly string[]
  readonly focus: readonly string[]
  readonly shrinks: boolean
  readonly lines: number
}

/** What a worker process says of a seed. */
export interface SeedReport {
  readonly result: SimulationResult
  /** Of a seed that fails: what may be left out, so that it still does. */
  readonly spared: readonly string[]
}

export async function runSeed(job: SeedJob): Promise<SeedReport> {
  const { seed, ticks, lines } = job
  const options = { seed, ticks, without: new Set(job.without), focus: new Set(job.focus), traceLines: lines }
  const result = await new Simulation(options).run()
  if (result.failure === undefined || !job.shrinks) return { result, spared: [] }
  const shrunk = await shrink(result, options)
  return { result: shrunk.result, spared: shrunk.spared }
}
