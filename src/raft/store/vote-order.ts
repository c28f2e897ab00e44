import type { HardState } from '../core/types.ts'
import type { Vote } from './vote-slots.ts'

type VoteInTerm = Pick<HardState | Vote, 'term' | 'vote'>

/**
 * How one record of a vote stands to another one. Within a term a vote goes from none to one peer and stays;
 * `conflict` is what never happens: two peers in the same term.
 */
export function compareVotes(one: VoteInTerm, other: VoteInTerm): 'same' | 'behind' | 'ahead' | 'conflict' {
  if (one.term !== other.term) return one.term < other.term ? 'behind' : 'ahead'
  if (one.vote === other.vote) return 'same'
  if (one.vote === '') return 'behind'
  return other.vote === '' ? 'ahead' : 'conflict'
}
