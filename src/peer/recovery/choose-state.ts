import type { Collected } from './collect.ts'

/** What the peers' states are after a recovery. */
export type StateChoice =
  /** The log begins with the first entry, and makes the state anew. */
  | { readonly kind: 'replayed' }
  /** Every peer gets a copy of the one in this directory, from which the log goes on. */
  | { readonly kind: 'copied'; readonly directory: string }
  /** The same, and this state is further than any log: the log of all begins behind it, and is empty. */
  | { readonly kind: 'ahead'; readonly directory: string }

/** Why there is no such state, one text for each directory. */
export interface NoState {
  readonly kind: 'none'
  readonly reasons: readonly string[]
}

/**
 * The state that a log is gone on with, so that as little as possible is lost. A state has only ever applied what was
 * committed, so one that is further than the log, by term and index, holds what no log has any more. Otherwise one has
 * to stand at an entry of the log, or where it begins; of these the one that is furthest leaves least to be applied
 * again. A log that was never cut needs none. `incarnation` is that of the cluster: a state of another one belongs to
 * another log.
 */
export function chooseState(log: Collected, all: readonly Collected[], incarnation: string): StateChoice | NoState {
  const judged = all.map((of) => ({ of, judgement: judge(of, log, incarnation) }))
  const [ahead] = judged
    .filter(({ judgement }) => judgement === 'ahead')
    .toSorted(({ of: one }, { of: other }) => comparePlaces(other.state, one.state))
  if (ahead !== undefined) return { kind: 'ahead', directory: ahead.of.directory }
  if (log.truncationIndex === 0) return { kind: 'replayed' }
  const [fitting] = judged
    .filter(({ judgement }) => judgement === 'fits')
    .toSorted(({ of: one }, { of: other }) => other.state.index - one.state.index)
  if (fitting !== undefined) return { kind: 'copied', directory: fitting.of.directory }
  const reasons = judged.map(({ of, judgement }) =>
    typeof judgement === 'string' ? '' : `${of.directory}: ${judgement.problem}`,
  )
  return { kind: 'none', reasons }
}

function judge(of: Collected, log: Collected, incarnation: string): 'ahead' | 'fits' | { readonly problem: string } {
  const { state } = of
  if (state.problem !== '') return { problem: state.problem }
  if (state.incarnation !== incarnation) return { problem: 'the state is one of before an earlier recovery' }
  const stands = `the state stands at entry ${state.index}`
  if (comparePlaces(state, { index: log.lastIndex, term: log.lastTerm }) > 0) return 'ahead'
  if (state.index > log.lastIndex) return { problem: `${stands} of term ${state.term}, and the log is of a later one` }
  if (state.index < log.truncationIndex) return { problem: `${stands}, before the log begins` }
  const place = log.points.find(({ index }) => index === state.index)
  const own = of.points.find(({ index }) => index === state.index)
  // Two entries of one term and index are the same, as long as nobody lost what it promised; the chain proves it.
  const isSame = place?.term === state.term && (own === undefined || own.chain === place.chain)
  return isSame ? 'fits' : { problem: `${stands}, which is another entry than that of the log` }
}

interface Place {
  readonly index: number
  readonly term: number
}

/** Which of two entries a candidate with the longer log would have. */
function comparePlaces(one: Place, other: Place): number {
  return one.term - other.term || one.index - other.index
}
