import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { UsageError, wholeNumber, withUsage } from '../support/usage.ts'
import { hasCell, runMatrix } from './matrix.ts'
import { textOf } from './verdict.ts'

const usage = 'Usage: npm run -s storage:matrix -- [--only TEXT] [--seed N] [--json]'

await withUsage(usage, async () => {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, seed: { type: 'string' } },
  })
  const seed = values.seed === undefined ? randomInt(1 << 30) : wholeNumber('seed', values.seed, 0)
  const matches = (cell: string) => values.only === undefined || cell.includes(values.only)
  if (!hasCell(matches)) throw new UsageError(`no cell has a name with "${values.only}" in it`)
  // Progress goes to stderr, so that stdout holds the report and nothing else.
  process.stderr.write(`seed ${seed}\n`)
  const report = await runMatrix({ seed, matches, say: (line) => void process.stderr.write(`${line}\n`) })
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report))
  process.exit(report.wrong.length === 0 ? 0 : 1)
})
