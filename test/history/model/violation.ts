/** Which promise a history breaks. */
export type ViolationKind =
  /** One request has two outcomes. */
  | 'outcome_changed'
  /** One request was carried out twice. */
  | 'executed_twice'
  /** The change stream is not whole, not in order, or says something else than an answer. */
  | 'change_stream'
  /** Two writes have one revision. */
  | 'revision_reused'
  /** What began later stands on less. */
  | 'real_time'
  /** A row is shown that no write can have left. */
  | 'phantom_row'
  /** An answer is not what the row of its revision gives. */
  | 'wrong_result'
  /** No order of the calls explains all answers. */
  | 'not_linearizable'

/** One broken promise. */
export interface Violation {
  readonly kind: ViolationKind
  /** Line of the history that cannot be. */
  readonly line: number
  /** What is wrong, in words. */
  readonly text: string
}

/** What a checker says of a history. `unknown` is no `ok`: the search was given up. */
export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'violation'; readonly first: Violation; readonly count: number }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'not_applicable'; readonly reason: string }

/** The verdict of a list of violations: the one of the earliest line first. */
export function verdictOf(violations: readonly Violation[]): Verdict {
  const [first] = violations.toSorted((one, other) => one.line - other.line)
  return first === undefined ? { kind: 'ok' } : { kind: 'violation', first, count: violations.length }
}
