import { parseArgs } from 'node:util'
import { wholeNumber } from '../support/usage.ts'

export interface DiffOptions {
  readonly schedules: number
  readonly seed: number
  /** One JSON object on stdout and nothing else. */
  readonly json: boolean
}

export const usage = `Usage: npm run raft:diff -- [--schedules N] [--seed N] [--json]

Drives our core and etcd's with the same random schedules and compares what they do, step by step. Each schedule has a
seed of its own, from --seed on; --schedules 1 --seed N repeats one. Needs Go 1.26. Exit code 1 on a difference, 2 where
nothing could be compared.
`

/** Reads the command line; undefined when help was asked for and printed. Throws a `UsageError`, or that of `parseArgs`. */
export function readOptions(argv: readonly string[]): DiffOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return undefined
  }
  const schedules = wholeNumber('schedules', values.schedules)
  return { schedules, seed: wholeNumber('seed', values.seed, 0), json: values.json }
}
