import { trivetError } from './errors.ts'

const unitsMs = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** The longest duration that is taken: 366 days. */
export const durationMsMax = 366 * 86_400_000

const form = /^(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/

/**
 * Milliseconds of a duration as people write it: `90s`, `5m`, `1h30m`, `250ms`, `2d`; units fall, each at most once;
 * `0` needs none. Errors: DURATION_INVALID.
 */
export function parseDuration(text: string): number {
  const spelled = text.trim()
  if (spelled === '') throw invalid(text, 'it is empty')
  if (spelled === '0') return 0
  if (spelled.length > 40) throw invalid(`${text.slice(0, 40)}…`, 'it is too long')
  if (/^[0-9.]+$/.test(spelled)) throw invalid(text, 'its unit is missing')
  const match = form.exec(spelled)
  if (match === null) throw invalid(text, 'it is not whole numbers with units, d before h before m before s before ms')
  const durationMs = unitsMs.reduce((sumMs, [, unitMs], at) => sumMs + Number(match[at + 1] ?? 0) * unitMs, 0)
  if (durationMs > durationMsMax) throw invalid(text, 'it is longer than 366d')
  return durationMs
}

/** The shortest text that `parseDuration` reads back to the same whole milliseconds: `1h30m`, `0s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.max(0, Math.round(durationMs))
  if (restMs === 0) return '0s'
  let text = ''
  for (const [unit, unitMs] of unitsMs) {
    const amount = Math.floor(restMs / unitMs)
    if (amount > 0) text += `${amount}${unit}`
    restMs %= unitMs
  }
  return text
}

function invalid(duration: string, reason: string) {
  return trivetError('DURATION_INVALID', { duration: JSON.stringify(duration), reason })
}
