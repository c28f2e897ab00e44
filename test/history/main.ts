import { checkHistory } from './check-history.ts'
import { HistoryError } from './format/history-error.ts'
import type { History } from './format/history.ts'
import { readHistory } from './format/read-history.ts'
import type { CheckOptions } from './options.ts'
import { readOptions, usage } from './options.ts'
import type { Report } from './report.ts'
import { exitCodes, reportInWords, unreadable } from './report.ts'

process.exitCode = await run(process.argv.slice(2))

async function run(argv: readonly string[]): Promise<number> {
  let options
  try {
    options = readOptions(argv)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`)
    return exitCodes.unreadable
  }
  if (options === 'help') {
    process.stdout.write(usage)
    return exitCodes.ok
  }
  const report = await judge(options)
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else (report.verdict === 'unreadable' ? process.stderr : process.stdout).write(reportInWords(report))
  return exitCodes[report.verdict]
}

async function judge({ file, stepsMax, timeMs }: CheckOptions): Promise<Report> {
  let history: History
  try {
    history = await readHistory(file)
  } catch (error) {
    if (error instanceof HistoryError) return unreadable(error)
    return unreadable({ file, line: 1, reason: messageOf(error) })
  }
  const endMs = performance.now() + timeMs
  return { file, ...checkHistory(history, { stepsMax, isLate: () => performance.now() > endMs }) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
