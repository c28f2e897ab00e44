import { trivetError, type TrivetError } from '../lib/errors.ts'

/** A mistake on the command line; `command` is the one whose help says more, for example `node list`. */
export function usageError(command: string, reason: string): TrivetError {
  const words = command === '' ? 'trivet' : `trivet ${command}`
  return trivetError('USAGE', { reason, help: `\`${words} --help\` says how it is written` })
}
