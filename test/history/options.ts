import { parseArgs } from 'node:util'
import { searchStepsMax } from './linearizability/linearizability-checker.ts'

/** What the program was asked for. */
export interface CheckOptions {
  readonly file: string
  /** One JSON object on stdout, and nothing else. */
  readonly json: boolean
  readonly stepsMax: number
  readonly timeMs: number
}

const secondsDefault = 300

export const usage = `Usage: npm run -s history:check -- FILE [--json] [--steps N] [--seconds N]

Judges a history of clients (docs/understand/testing.md) by its revisions and by a search for an order.
  --json       one JSON object on stdout
  --steps N    steps of the search for each row, ${searchStepsMax} if not given
  --seconds N  time of the search in all, ${secondsDefault} if not given
Exit codes: 0 ok, 1 violation, 2 unreadable input or wrong usage, 3 unknown: the search was given up.
`

/** Reads the command line; `help` when that was asked for. Throws an `Error` that says what is wrong with it. */
export function readOptions(argv: readonly string[]): CheckOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      steps: { type: 'string', default: `${searchStepsMax}` },
      seconds: { type: 'string', default: `${secondsDefault}` },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) return 'help'
  const [file, ...others] = positionals
  if (file === undefined) throw new Error('name the file of a history')
  if (others.length > 0) throw new Error(`one file at a time: ${others[0]} is the second`)
  const { json } = values
  return { file, json, stepsMax: positive('steps', values.steps), timeMs: positive('seconds', values.seconds) * 1_000 }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return value
}
