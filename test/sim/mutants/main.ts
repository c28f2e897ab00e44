import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { UsageError, wholeNumber, withUsage } from '../../support/usage.ts'
import { allMutants, controls, type Mutant } from './mutant.ts'
import { PatchError } from './mutated-tree.ts'
import { trial, type Dose, type Verdict } from './trial.ts'

/** What a bug is looked for with. More ticks in a seed find less than more seeds. */
const dose: Dose = { seeds: 400, ticks: 1_500, timeoutMs: 15 * 60_000 }

const usage = 'Usage: npm run -s sim:mutants -- [--only NAME,NAME] [--workers N] [--json]'

/** Tries all, as many at once as there are workers. */
async function tryAll(mutants: readonly Mutant[], workers: number, told: (verdict: Verdict) => void): Promise<void> {
  const waiting = [...mutants]
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) told(await trial(mutant, dose))
  }
  await Promise.all(Array.from({ length: workers }, work))
}

function lineOf({ name, killed, seeds, by }: Verdict): string {
  if (killed) return `killed    ${name}: seed ${seeds}, ${by}`
  return by === '' ? `SURVIVED  ${name}: ${seeds} seeds` : `NO VERDICT ${name}: ${by}`
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      workers: { type: 'string', default: `${availableParallelism()}` },
    },
  })
  const workers = wholeNumber('workers', values.workers)
  const parts = values.only.split(',')
  const mutants = allMutants().filter(({ name }) => parts.some((part) => name.includes(part)))
  if (mutants.length === 0) throw new UsageError(`no bug has a name with "${values.only}" in it`)
  const out = values.json ? process.stderr : process.stdout
  const verdicts: Verdict[] = []
  const innocent = new Set(controls.map(({ name }) => name))
  let areControlsSound = true
  await tryAll([...(values.only === '' ? controls : []), ...mutants], workers, (verdict) => {
    if (!innocent.has(verdict.name)) {
      verdicts.push(verdict)
      return void out.write(`${lineOf(verdict)}\n`)
    }
    if (!verdict.killed && verdict.by === '') return
    areControlsSound = false
    process.stderr.write(`${verdict.name}, and seed ${verdict.seeds} fails: ${verdict.by}\n`)
  })
  const survivors = verdicts.filter(({ killed }) => !killed).map(({ name }) => name)
  const result = { total: verdicts.length, killed: verdicts.length - survivors.length, survivors }
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else process.stdout.write(`${result.killed} of ${result.total} bugs found\n`)
  process.exitCode = survivors.length === 0 && areControlsSound ? 0 : 1
}

try {
  await withUsage(usage, run)
} catch (error) {
  if (!(error instanceof PatchError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
