import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Suite } from './suite.ts'
import { compare } from './suite.ts'

const wrapper = join(import.meta.dirname, '../bin/trivet')

const commands = [
  { what: 'trivet --help', argv: ['--help'] },
  { what: 'trivet node --help', argv: ['node', '--help'] },
  { what: 'trivet node list --help', argv: ['node', 'list', '--help'] },
  { what: 'trivet node lst (refused)', argv: ['node', 'lst'] },
] as const

/**
 * How long a command takes to start, against Node that does nothing, which is the raw limit. Help must stay below
 * 100 ms. Needs no peer.
 */
export const cli: Suite = {
  name: 'cli',
  roundsDefault: 20,
  async run({ rounds }) {
    const samples = commands.map((command) => ({ ...command, ours: [] as number[], rival: [] as number[] }))
    // The first run of all compiles and fills the cache.
    for (const { argv } of samples) elapsedMs(wrapper, argv)
    for (let round = 0; round < rounds; round++) {
      for (const sample of samples) {
        sample.ours.push(elapsedMs(wrapper, sample.argv))
        sample.rival.push(elapsedMs(process.execPath, ['-e', '0']))
      }
    }
    return samples.map((sample) => compare(sample.what, 'ms', sample))
  },
}

function elapsedMs(program: string, argv: readonly string[]): number {
  const start = performance.now()
  const { error } = spawnSync(program, [...argv], { stdio: 'ignore' })
  if (error !== undefined) throw error
  return performance.now() - start
}
