import type { History } from '../format/history.ts'
import { callsOf } from '../model/calls-of.ts'
import type { Verdict, Violation } from '../model/violation.ts'
import { verdictOf } from '../model/violation.ts'
import { Budget } from './budget.ts'
import { counterexample } from './counterexample.ts'
import { lackingReadsMax, partitionsOf } from './partition.ts'
import { Search } from './search.ts'

/** Steps of the search for an order of the calls on one row. */
export const searchStepsMax = 5_000_000

/** What a search may cost. */
export interface SearchLimits {
  /** For each row; `searchStepsMax` if absent. */
  readonly stepsMax?: number
  /** Says that the time is over, for all rows together. */
  readonly isLate?: () => boolean
}

/**
 * Whether a history is linearizable: whether each row has an order of its calls in which every answer is right, and
 * which keeps the order of time. A call of unknown outcome may be anywhere behind its beginning, or nowhere. What
 * revisions say of the order is not used; they only tell one version of a row from another, as etags do.
 *
 * The search is exponential at worst. It is given up after a number of steps, and then the verdict is `unknown`, unless
 * another row is certainly wrong.
 */
export function checkLinearizability(
  history: History,
  { stepsMax = searchStepsMax, isLate }: SearchLimits = {},
): Verdict & { readonly steps: number } {
  const { calls } = callsOf(history)
  const partitions = partitionsOf(history, calls)
  if (partitions === undefined) {
    return { kind: 'unknown', reason: `lists lack more than ${lackingReadsMax} rows in all`, steps: 0 }
  }
  const violations: Violation[] = []
  const given: string[] = []
  let steps = 0
  for (const partition of partitions) {
    const budget = () => new Budget({ stepsMax, ...(isLate && { isLate }) })
    const own = budget()
    const { kind } = new Search(partition, own).run()
    steps += own.steps
    if (kind === 'none') violations.push(counterexample(partition, budget))
    else if (kind === 'unknown') given.push(partition.key)
  }
  if (violations.length > 0) return { ...verdictOf(violations), steps }
  if (given.length === 0) return { kind: 'ok', steps }
  const reason = `the search was given up for ${given.length} of ${partitions.length} rows, ${given[0]} among them`
  return { kind: 'unknown', reason, steps }
}
