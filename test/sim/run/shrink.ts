import { Simulation, type SimulationOptions, type SimulationResult } from './simulation.ts'

/**
 * Leaves one kind of disturbance after the other out of a failing seed, as long as the same invariant still fails. What
 * is left is what has to do with it.
 */
export async function shrink(
  failed: SimulationResult,
  options: SimulationOptions,
): Promise<{ readonly result: SimulationResult; readonly spared: readonly string[] }> {
  let result = failed
  const without = new Set(options.without)
  const spared: string[] = []
  for (const name of failed.drawn) {
    const tried = await new Simulation({ ...options, without: new Set([...without, name]) }).run()
    if (tried.failure?.invariant !== failed.failure?.invariant) continue
    result = tried
    without.add(name)
    spared.push(name)
  }
  return { result, spared }
}
