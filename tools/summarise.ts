import { readReport, readSteps } from './reports.ts'
import { summarise, type TestReport } from './summary.ts'

/**
 * The end of CI: names what failed or was skipped, and ends with `N passed, N failed`. Arguments are parts of names of
 * tests that must have passed. Exit code 1 unless nothing failed and something passed.
 */
const { passed, failed, lines } = summarise({
  reports: { 'unit tests': testReport('unit.json'), 'integration tests': testReport('integration.json') },
  steps: [...readSteps('check.jsonl'), ...readSteps('ci.jsonl')],
  mustRun: process.argv.slice(2),
})
for (const line of lines) process.stdout.write(`${line}\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function testReport(file: string): TestReport | undefined {
  const text = readReport(file)
  return text === undefined ? undefined : (JSON.parse(text) as TestReport)
}
