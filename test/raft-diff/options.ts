import { parseArgs } from 'node:util'

export interface DiffOptions {
  readonly schedules: number
  readonly seed: number
  /** One JSON object on stdout and nothing else. */
  readonly json: boolean
}

const help = `Usage: npm run raft:diff -- [--schedules N] [--seed N] [--json]

Drives our core and etcd's with the same random schedules and compares what they do, step by step. Each schedule has a
seed of its own, from --seed on; --schedules 1 --seed N repeats one. Needs Go 1.26. Exit code 1 on a difference, 2 where
nothing could be compared.
`

/** Reads the command line; undefined when help was asked for and printed. Throws for what it does not know. */
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
    process.stdout.write(help)
    return undefined
  }
  const schedules = Number(values.schedules)
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(schedules) || schedules < 1) throw new Error('--schedules takes a number from 1 on')
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed takes a number from 0 on')
  return { schedules, seed, json: values.json }
}
