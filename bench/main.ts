import { parseArgs } from 'node:util'
import { UsageError, wholeNumber, withUsage } from '../test/support/usage.ts'
import { bootHttp } from './boot-http/suite.ts'
import { cli } from './cli.ts'
import { log } from './log/suite.ts'
import type { Row, Suite } from './suite.ts'

const suites: readonly Suite[] = [bootHttp, cli, log]

const usage = `Usage: npm run -s bench -- ${suites.map(({ name }) => name).join('|')} [--json] [--rounds N]`

function table(rows: readonly Row[]): string {
  const cells = [
    ['what', 'ours', 'rival', 'ratio', 'unit'],
    ...rows.map(({ what, ours, rival, ratio, unit }) => [what, `${ours}`, `${rival}`, `${ratio}`, unit]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

await withUsage(usage, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, rounds: { type: 'string' } },
  })
  const suite = suites.find(({ name }) => name === positionals[0])
  if (suite === undefined || positionals.length > 1) throw new UsageError('name one suite')
  const rounds = values.rounds === undefined ? suite.roundsDefault : wholeNumber('rounds', values.rounds)
  // Progress goes to stderr, so that stdout holds the numbers and nothing else.
  const rows = await suite.run({ rounds, say: (line) => void process.stderr.write(`${line}\n`) })
  process.stdout.write(values.json ? `${JSON.stringify({ suite: suite.name, rows })}\n` : table(rows))
})
