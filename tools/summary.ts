import type { StepResult } from './reports.ts'

/** What we read of a report of vitest's JSON reporter. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

export interface SummaryInput {
  /** Reports by the name of the step that writes them; undefined when it did not. */
  readonly reports: Readonly<Record<string, TestReport | undefined>>
  /** Steps of which each that failed counts, unless failed tests explain it. */
  readonly steps: readonly StepResult[]
  /** Parts of names: of each, a test must have passed, because what it needs is installed here. */
  readonly mustRun: readonly string[]
}

export interface Summary {
  readonly passed: number
  readonly failed: number
  /** What failed or was skipped, one a line, for a person. */
  readonly lines: readonly string[]
}

/** Counts tests over all reports. What is wrong without a failed test counts as one failure, so that 0 means all right. */
export function summarise({ reports, steps, mustRun }: SummaryInput): Summary {
  let passed = 0
  const failures: string[] = []
  const skipped: string[] = []
  const passedNames: string[] = []
  const explained = new Set<string>()
  for (const [step, report] of Object.entries(reports)) {
    if (report === undefined) {
      failures.push(`${step}: no report was written`)
      explained.add(step)
      continue
    }
    for (const file of report.testResults) {
      const failed = file.assertionResults.filter(({ status }) => status === 'failed')
      for (const { fullName } of failed) failures.push(`${step}: ${fullName}`)
      // A file that cannot be loaded has no tests, hence none that failed.
      if (file.status === 'failed' && failed.length === 0) failures.push(`${step}: ${file.name}: ${file.message ?? ''}`)
      if (file.status === 'failed' || failed.length > 0) explained.add(step)
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed') {
          passed++
          passedNames.push(fullName)
        } else if (status !== 'failed') skipped.push(fullName)
      }
    }
  }
  for (const part of mustRun) {
    if (!passedNames.some((name) => name.includes(part)))
      failures.push(`no test with ${JSON.stringify(part)} in its name passed`)
  }
  for (const { step, ok } of steps) if (!ok && !explained.has(step)) failures.push(`step ${step}`)
  const lines = [...skipped.map((name) => `skipped: ${name}`), ...failures.map((failure) => `failed: ${failure}`)]
  return { passed, failed: failures.length, lines }
}
