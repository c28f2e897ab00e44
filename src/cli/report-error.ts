import type { ExitCode } from '../lib/errors.ts'
import type { ErrorContext } from './run-command.ts'
import { errorText, shownError } from './shown-error.ts'
import type { Surroundings } from './surroundings.ts'

/** Says on stderr what went wrong, and with which code the program exits. */
export function reportError(
  error: unknown,
  report: { readonly json: boolean; readonly stderr: Surroundings['stderr']; readonly context?: ErrorContext },
): ExitCode {
  const shown = shownError(error, report.context?.file)
  report.stderr.write(errorText(shown, { json: report.json, command: report.context?.command }))
  return shown.exit
}
