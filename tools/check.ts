import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { staleGenerated } from './generated-code.ts'
import { reportsFolder, writeSteps, type StepResult } from './reports.ts'
import { runCommand, type Outcome } from './run-command.ts'

/**
 * `npm run check`: everything that can be said about the code without starting a peer. Runs every step even if one
 * before it failed, and fails at the end, naming those that did. `--fast` leaves the tests out.
 */
interface Step {
  readonly name: string
  readonly run: () => Promise<Outcome>
}

const unitReport = join(reportsFolder, 'unit.json')

const steps: readonly Step[] = [
  { name: 'format', run: () => runCommand(['oxfmt', '--check', '.']) },
  // Explicit folders: the linter would follow a symbolic link to node_modules.
  { name: 'lint', run: () => runCommand(['oxlint', '--type-aware', 'src', 'test', 'tools', 'bench']) },
  { name: 'types', run: () => runCommand(['tsc', '--noEmit']) },
  { name: 'protocol definitions', run: () => runCommand(['buf', 'lint']) },
  { name: 'generated code', run: staleGenerated },
]

const unitTests: Step = {
  name: 'unit tests',
  run: () =>
    runCommand(
      [
        'vitest',
        'run',
        '--project=unit',
        '--coverage',
        '--reporter=dot',
        '--reporter=json',
        `--outputFile.json=${unitReport}`,
      ],
      { live: true },
    ),
}

if (import.meta.main) {
  const isFast = process.argv.includes('--fast')
  const results: StepResult[] = []
  writeSteps('check.jsonl', results)
  rmSync(unitReport, { force: true })
  for (const { name, run } of isFast ? steps : [...steps, unitTests]) {
    const startMs = performance.now()
    const { ok, output } = await run()
    results.push({ step: name, ok })
    writeSteps('check.jsonl', results)
    if (!ok && output !== '') process.stdout.write(`${output.trimEnd()}\n`)
    process.stdout.write(
      `${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)\n`,
    )
  }
  const failed = results.filter(({ ok }) => !ok).map(({ step }) => step)
  process.stdout.write(failed.length === 0 ? 'check passed\n' : `check failed: ${failed.join(', ')}\n`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
