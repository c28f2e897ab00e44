import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * How long a command of the CLI takes to start, against Node that does nothing (the raw limit) in interleaved rounds.
 * Help must stay below 100 ms. `node bench/cli-start.ts [--json] [--rounds N]`; needs no peer.
 */
const wrapper = join(import.meta.dirname, '../bin/trivet')

const runs = [
  { what: 'trivet --help', argv: ['--help'] },
  { what: 'trivet node --help', argv: ['node', '--help'] },
  { what: 'trivet node list --help', argv: ['node', 'list', '--help'] },
  { what: 'trivet node lst (refused)', argv: ['node', 'lst'] },
] as const

const roundsDefault = 20

function elapsedMs(program: string, argv: readonly string[]): number {
  const start = performance.now()
  const { error } = spawnSync(program, [...argv], { stdio: 'ignore' })
  if (error !== undefined) throw error
  return performance.now() - start
}

/** The median: a start-up is disturbed by other processes, and only ever made longer. */
function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!
}

function measure(rounds: number) {
  const samples = runs.map(({ what, argv }) => ({ what, argv, ours: [] as number[], rival: [] as number[] }))
  // The first run of all compiles and fills the cache.
  for (const { argv } of samples) elapsedMs(wrapper, argv)
  for (let round = 0; round < rounds; round++) {
    for (const sample of samples) {
      sample.ours.push(elapsedMs(wrapper, sample.argv))
      sample.rival.push(elapsedMs(process.execPath, ['-e', '0']))
    }
  }
  return samples.map(({ what, ours, rival }) => ({
    what,
    ours: rounded(median(ours)),
    rival: rounded(median(rival)),
    ratio: rounded(median(ours) / median(rival)),
    unit: 'ms',
    rounds,
  }))
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

const roundsFlag = process.argv.indexOf('--rounds')
const rows = measure(roundsFlag === -1 ? roundsDefault : Number(process.argv[roundsFlag + 1]))
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ suite: 'cli-start', rows })}\n`)
else {
  for (const { what, ours, rival, ratio } of rows) {
    process.stdout.write(`${what.padEnd(28)} ${ours} ms, Node alone ${rival} ms (${ratio}x)\n`)
  }
}
