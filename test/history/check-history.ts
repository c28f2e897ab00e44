import type { History } from './format/history.ts'
import type { SearchLimits } from './linearizability/linearizability-checker.ts'
import { checkLinearizability } from './linearizability/linearizability-checker.ts'
import type { Verdict } from './model/violation.ts'
import { checkRevisions } from './revision/revision-checker.ts'

/** What both checkers say of a history, and how much there was to judge: a verdict on nothing is worth nothing. */
export interface Judgement {
  /** The worse of the two. Where answers name no revisions, that of the search alone. */
  readonly verdict: 'ok' | 'violation' | 'unknown'
  readonly counts: HistoryCounts
  readonly revisions: Verdict
  readonly linearizability: Verdict & { readonly steps: number }
}

/** How much of what a history holds. */
export interface HistoryCounts {
  readonly operations: number
  readonly writes: number
  readonly reads: number
  readonly ok: number
  readonly refused: number
  readonly unknown: number
  readonly failed: number
  readonly retries: number
  readonly processes: number
  readonly changes: number
}

/** Has both checkers judge a history. */
export function checkHistory(history: History, limits: SearchLimits = {}): Judgement {
  const revisions = checkRevisions(history)
  const linearizability = checkLinearizability(history, limits)
  const kinds = [revisions.kind, linearizability.kind]
  const verdict = kinds.includes('violation') ? 'violation' : kinds.includes('unknown') ? 'unknown' : 'ok'
  return { verdict, counts: countsOf(history), revisions, linearizability }
}

function countsOf({ operations, changes }: History): HistoryCounts {
  const counts = { ok: 0, refused: 0, unknown: 0, failed: 0, put: 0, delete: 0, get: 0, list: 0 }
  for (const { operation, result } of operations) {
    counts[operation.kind] += 1
    counts[result.kind] += 1
  }
  const { ok, refused, unknown, failed } = counts
  return {
    operations: operations.length,
    writes: counts.put + counts.delete,
    reads: counts.get + counts.list,
    ok,
    refused,
    unknown,
    failed,
    retries: operations.filter(({ retry }) => retry).length,
    processes: new Set(operations.map(({ process }) => process)).size,
    changes: changes.length,
  }
}
