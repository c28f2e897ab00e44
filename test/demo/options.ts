import { parseArgs } from 'node:util'

/** What the demo was asked for. */
export interface DemoOptions {
  /** One JSON object on stdout and nothing else. */
  readonly json: boolean
  /** Leave everything running and print addresses and commands to try. */
  readonly keep: boolean
  /** One BMC never obeys. */
  readonly withFailure: boolean
  /** A port of the product is swapped by one that is wrong; the demo must notice. */
  readonly sabotage: Sabotage | undefined
  readonly nodes: number
  readonly seed: number
}

export const sabotages = ['double-power', 'stale-script'] as const
export type Sabotage = (typeof sabotages)[number]

const help = `Usage: npm run demo -- [--keep] [--with-failure] [--json] [--nodes N] [--seed N]
       npm run demo -- --sabotage double-power|stale-script

Three peers, a room of emulated servers, a boot session, and a leader that is killed in the middle of it.
`

/** Reads the command line; undefined when help was asked for and printed. Throws for what it does not know. */
export function readOptions(argv: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'with-failure': { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      nodes: { type: 'string', default: '6' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return undefined
  }
  const sabotage = sabotages.find((known) => known === values.sabotage)
  if (values.sabotage !== undefined && sabotage === undefined)
    throw new Error(`--sabotage takes ${sabotages.join(', ')}`)
  const nodes = Number(values.nodes)
  if (!Number.isInteger(nodes) || nodes < 2 || nodes > 64) throw new Error('--nodes takes a number from 2 to 64')
  return {
    json: values.json,
    keep: values.keep,
    withFailure: values['with-failure'],
    sabotage,
    nodes,
    seed: Number(values.seed),
  }
}
