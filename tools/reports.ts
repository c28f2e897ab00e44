import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-command.ts'

/** Where check and CI leave what they found, for `summarise.ts`. */
export const reportsFolder = join(root, '.cache/reports')

/** One step of check or CI. */
export interface StepResult {
  readonly step: string
  readonly ok: boolean
}

/** Reads steps, one JSON object a line; nothing when there is no such file, because the step before it never ran. */
export function readSteps(file: string): StepResult[] {
  return (readReport(file) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StepResult)
}

export function writeSteps(file: string, steps: readonly StepResult[]): void {
  mkdirSync(reportsFolder, { recursive: true })
  writeFileSync(join(reportsFolder, file), steps.map((step) => `${JSON.stringify(step)}\n`).join(''))
}

/** The text of a report, or undefined when it was not written. */
export function readReport(file: string): string | undefined {
  try {
    return readFileSync(join(reportsFolder, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
