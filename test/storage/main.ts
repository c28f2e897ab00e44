import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runMatrix } from './matrix.ts'
import { textOf } from './verdict.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, seed: { type: 'string' } },
})
const seed = values.seed === undefined ? randomInt(1 << 30) : Number(values.seed)
// Progress goes to stderr, so that stdout holds the report and nothing else.
process.stderr.write(`seed ${seed}\n`)
const report = await runMatrix({
  seed,
  matches: (cell) => values.only === undefined || cell.includes(values.only),
  say: (line) => void process.stderr.write(`${line}\n`),
})
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report))
process.exit(report.wrong.length === 0 ? 0 : 1)
