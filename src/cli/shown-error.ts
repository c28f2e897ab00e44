import { factsOf, TrivetError, trivetError, type ExitCode, type FieldViolation } from '../lib/errors.ts'
import { RemoteError, wireErrorOf } from '../rpc/index.ts'
import { printable } from './cell.ts'
import type { ElementFile } from './element-file.ts'
import { flagName } from './flag-name.ts'
import type { Style } from './style.ts'
import type { CommandTable } from './table.ts'

/** An error as the CLI shows it. */
export interface ShownError {
  readonly code: string
  readonly message: string
  /** What to do about it; empty where nothing can be done. */
  readonly remedy: string
  readonly violations: readonly FieldViolation[]
  /** Under which the server's log has the details; empty for what this program found by itself. */
  readonly requestId: string
  readonly exit: ExitCode
  /** Where a defect of this program is, for a report. */
  readonly stack: string
}

/**
 * Everything that can be thrown, in one form. What is none of our errors is a defect of this program. What a server
 * says about elements of a request is said about the lines of the file that they were read from.
 */
export function shownError(error: unknown, file?: ElementFile): ShownError {
  const shown = error instanceof TrivetError || error instanceof RemoteError ? ofOurs(error) : ofDefect(error)
  if (file === undefined) return shown
  const violations = file.locate(shown.violations)
  // Other codes leave open whether the file was taken.
  const isRefusal = [2, 3, 4, 6].includes(shown.exit) && shown.code !== 'IMPORT_REFUSED'
  const message = isRefusal ? `0 of ${file.elements.length} imported: ${shown.message}` : shown.message
  return { ...shown, violations, message }
}

function ofOurs(error: TrivetError | RemoteError): ShownError {
  const { code, message, remedy, violations } = error
  const requestId = wireErrorOf(error)?.requestId ?? ''
  const { exit } = error instanceof RemoteError ? error.facts : factsOf(error.code)
  return { code, message, remedy, violations, requestId, exit, stack: '' }
}

function ofDefect(error: unknown): ShownError {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  return {
    code: 'INTERNAL',
    message: `a defect in this program: ${message}`,
    remedy: 'report it with the lines below',
    violations: [],
    requestId: '',
    exit: factsOf('INTERNAL').exit,
    stack,
  }
}

/** The error on stderr: one JSON object, or lines for people. Ends with a line end. */
export function errorText(
  error: ShownError,
  options: { readonly json: boolean; readonly style: Style; readonly command: CommandTable | undefined },
): string {
  const { code, message, remedy, violations, requestId, stack } = error
  if (options.json) return `${JSON.stringify({ code, message, remedy, violations, request_id: requestId })}\n`
  const lines = [`${options.style('error:')} ${printable(message)}`]
  for (const { field, description } of violations) {
    lines.push(`  ${printable(`${asTyped(field, options.command)}: ${description}`)}`)
  }
  if (remedy !== '') lines.push(`try: ${printable(remedy)}`)
  lines.push(`code: ${printable(code)}`)
  if (requestId !== '') lines.push(`request: ${printable(requestId)}`)
  if (stack !== '') lines.push(stack)
  return `${lines.join('\n')}\n`
}

/** The end of work that did not complete. */
export function workError(work: {
  readonly kind: string
  readonly id: string
  readonly state: string
  readonly errorMessage: string
}): TrivetError {
  const reason = work.errorMessage === '' ? '' : `: ${work.errorMessage}`
  return trivetError('WORK_NOT_COMPLETED', { kind: work.kind, id: work.id, state: work.state, reason })
}

/** Servers name a field of the request; people have typed a flag or an argument. */
function asTyped(field: string, command: CommandTable | undefined): string {
  const argument = command?.arguments.find(({ path }) => path === field)
  if (argument !== undefined) return argument.placeholder
  const flag = command?.flags.find(({ path }) => path === field)
  return flag === undefined ? field : `--${flagName(flag)}`
}
