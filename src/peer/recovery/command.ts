import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { trivetError } from '../../lib/errors.ts'
import { applyPlan } from './apply.ts'
import { withCollection } from './collect.ts'
import { planText } from './plan-text.ts'
import { readPlan } from './read-plan.ts'
import { planOf } from './plan.ts'

const help = `Usage: trivet recovery plan DIR… > FILE
       trivet recovery apply FILE

For a majority of the peers, or a peer that stands alone, that lost what nobody else has. All peers are stopped; DIR… are
the data directories of all of them, reachable from here (copied, if they are on other machines, and copied back after,
whole: a file that is gone here must be gone there).

plan    reads what is left and says on stderr what is lost; the plan goes to stdout. Changes nothing.
apply   gives every peer the log and the state of the plan, in a new term. What was there is kept in before-recovery.1
        (2, …) in its data directory. If it is interrupted, apply the same plan again. Start the peers then.
`

/** `trivet recovery`: runs to its end, and rejects with what is wrong. */
export async function recovery(argv: readonly string[]): Promise<void> {
  const [verb, ...rest] = argv
  if (verb === undefined || argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help)
    return
  }
  const wrong = rest.find((word) => word.startsWith('-'))
  if (wrong !== undefined) throw usage(`there is no flag ${wrong}`)
  if (verb === 'plan') return plan(rest)
  if (verb === 'apply' && rest.length === 1) return apply(rest[0]!)
  throw usage(verb === 'apply' ? 'apply takes one file, which plan has written' : `recovery has no verb ${verb}`)
}

async function plan(directories: readonly string[]): Promise<void> {
  if (directories.length === 0) throw usage('plan takes the data directories of all peers')
  const made = await withCollection(
    directories.map((directory) => resolve(directory)),
    async ({ all }) => {
      const planned = planOf(all, randomBytes(8).toString('hex'))
      process.stderr.write(planText(planned, all))
      return planned
    },
  )
  process.stdout.write(`${JSON.stringify(made, undefined, 2)}\n`)
}

async function apply(file: string): Promise<void> {
  const made = await readPlan(file)
  await applyPlan(made)
  const names = made.directories.map(({ peerName }) => peerName)
  const [stand, them] = names.length === 1 ? ['stands', 'it'] : ['stand', 'them']
  process.stderr.write(`Done: ${names.join(', ')} ${stand} at entry ${made.lastIndex}. Start ${them}.\n`)
}

function usage(reason: string): Error {
  return trivetError('USAGE', { reason, help: 'trivet recovery --help' })
}
