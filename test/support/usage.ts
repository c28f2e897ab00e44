/** A command line that asks for what cannot be; the message says what is wrong with it. */
export class UsageError extends Error {}

/** Runs a script. A wrong command line is told in words, with the usage, and ends it with exit code 2. */
export async function withUsage(usage: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isUsageError(error)) throw error
    process.stderr.write(`${error.message}\n${usage.trimEnd()}\n`)
    process.exitCode = 2
  }
}

/** The value of an option. Throws `UsageError` if it is no whole number from `least` on. */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`--${name} takes a whole number from ${least} on, not "${text}"`)
}

/** Ours, or one of `parseArgs`. */
function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
