import type { ExitCode } from '../lib/errors.ts'
import type { ErrorContext } from './run-command.ts'
import { errorText, shownError } from './shown-error.ts'
import { styleFor } from './style.ts'
import type { Surroundings } from './surroundings.ts'

/** Says on stderr what went wrong, and with which code the program exits. */
export function reportError(
  error: unknown,
  report: Pick<Surroundings, 'stderr' | 'env'> & { readonly json: boolean; readonly context?: ErrorContext },
): ExitCode {
  const shown = shownError(error, report.context?.file)
  const style = styleFor(['bold', 'red'], report.stderr, report.env)
  report.stderr.write(errorText(shown, { json: report.json, style, command: report.context?.command }))
  return shown.exit
}
