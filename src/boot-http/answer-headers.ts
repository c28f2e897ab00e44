/** What an answer stands on. */
export interface Ground {
  readonly revision: number
  readonly appliedIndex: number
  /** Whether the leader stands behind it. */
  readonly fresh: boolean
  /** Milliseconds since this peer was last known to be up to date. */
  readonly ageMs: number
}

export const plainText = 'text/plain; charset=utf-8'

/**
 * Headers that say what an answer stands on, names and values in turn. Never in the body: every peer renders the same
 * bytes (rule R10).
 */
export function headersOf(ground: Ground): string[] {
  const { revision, appliedIndex, fresh, ageMs } = ground
  const headers = ['trivet-revision', `${revision}`, 'trivet-applied-index', `${appliedIndex}`]
  return fresh ? headers : [...headers, 'trivet-stale', 'true', 'trivet-age-ms', `${Math.round(ageMs)}`]
}
