/**
 * How often a regression is provoked: as often as a pull request can wait for, or as often as the environment says
 * (`npm run test:kill-all -- --times 100`). Throws for what is no such number.
 */
export function timesOf(variable: string, byDefault: number): number {
  const text = process.env[variable] ?? ''
  const times = text === '' ? byDefault : Number(text)
  if (!Number.isInteger(times) || times < 1) throw new Error(`${variable} must be a number above 0, not ${text}`)
  return times
}

/** Longest time for one round of a test on real processes, on a machine that is busy otherwise. */
export const roundTimeoutMs = 60_000
