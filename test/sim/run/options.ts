import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { UsageError, wholeNumber } from '../../support/usage.ts'
import { disturbances } from '../disturbances/table.ts'

/** What a run of the simulator is asked to do. */
export interface RunOptions {
  readonly fromSeed: number
  readonly seeds: number
  /** Ticks of the safety phase of each seed. */
  readonly ticks: number
  /** Kinds of disturbance that are left out. */
  readonly without: readonly string[]
  /** Kinds that every seed draws, and little else. */
  readonly focus: readonly string[]
  /** Processes that run seeds at once; 0 where this one does, so that a debugger can look. */
  readonly workers: number
  readonly isJson: boolean
  /** Ends with the first seed that fails. */
  readonly stopsAtFailure: boolean
  /** Tells how a failing seed can be had with less. */
  readonly shrinks: boolean
  /** Lines of the trace that are shown of a failing seed; of a single seed in any case. */
  readonly lines: number
}

/** Ticks of a seed, unless somebody says otherwise. */
const seedTicks = 10_000

export const usage = `usage: npm run sim -- [--seeds N] [--ticks N] [--from-seed N] [--json]
       npm run sim -- --seed N [--ticks N] [--without "kind,kind"] [--with "kind,kind"] [--lines N]
       npm run sim:long -- --ticks 1e8 [--from-seed N] [--seed-ticks N]`

/** Reads a command line; throws a `UsageError`, or that of `parseArgs`. */
export function readOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '500' },
      seed: { type: 'string' },
      'from-seed': { type: 'string', default: '1' },
      ticks: { type: 'string' },
      'seed-ticks': { type: 'string', default: `${seedTicks}` },
      without: { type: 'string', default: '' },
      with: { type: 'string', default: '' },
      workers: { type: 'string', default: `${availableParallelism()}` },
      lines: { type: 'string', default: '40' },
      long: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'stop-at-failure': { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
    },
  })
  const without = kindsOf(values.without)
  const focus = kindsOf(values.with)
  const perSeed = values.long
    ? wholeNumber('seed-ticks', values['seed-ticks'])
    : wholeNumber('ticks', values.ticks ?? `${seedTicks}`)
  const isSingle = values.seed !== undefined
  const total = values.long ? wholeNumber('ticks', values.ticks ?? '1e8') : 0
  return {
    fromSeed: isSingle ? wholeNumber('seed', values.seed!) : wholeNumber('from-seed', values['from-seed']),
    seeds: isSingle ? 1 : values.long ? Math.ceil(total / perSeed) : wholeNumber('seeds', values.seeds),
    ticks: perSeed,
    without,
    focus,
    workers: isSingle ? 0 : wholeNumber('workers', values.workers),
    isJson: values.json,
    stopsAtFailure: values['stop-at-failure'],
    shrinks: !values['no-shrink'],
    lines: wholeNumber('lines', values.lines),
  }
}

function kindsOf(list: string): readonly string[] {
  const names = list.split(',').filter((name) => name !== '')
  const unknown = names.find((name) => !disturbances.some((kind) => kind.name === name))
  if (unknown !== undefined) throw new UsageError(`there is no disturbance "${unknown}"`)
  return names
}
