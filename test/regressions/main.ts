import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError, wholeNumber, withUsage } from '../support/usage.ts'

/** Regressions that can be provoked more often than in every run, each with the variable that says how often. */
const regressions: Readonly<Record<string, string>> = {
  'kill-all': 'KILL_ALL_TIMES',
  'lone-voter': 'LONE_VOTER_TIMES',
  'frozen-leader': 'FROZEN_LEADER_TIMES',
}

const usage = `Usage: npm run test:regression -- ${Object.keys(regressions).join('|')} [--times N]`

await withUsage(usage, () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { times: { type: 'string' } } })
  const variable = regressions[positionals[0] ?? '']
  if (variable === undefined || positionals.length > 1) throw new UsageError('name one regression')
  const times = values.times === undefined ? {} : { [variable]: `${wholeNumber('times', values.times)}` }
  const file = join('test', 'regressions', `${positionals[0]}.test.ts`)
  const { status } = spawnSync('vitest', ['run', '--project', 'integration', file], {
    stdio: 'inherit',
    env: { ...process.env, ...times },
  })
  process.exitCode = status ?? 1
})
