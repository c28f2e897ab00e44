import { expect, test } from 'vitest'
import { compareVotes } from './vote-order.ts'

test.each([
  ['the same vote', { term: 3, vote: 'a' }, { term: 3, vote: 'a' }, 'same'],
  ['an earlier term', { term: 2, vote: 'a' }, { term: 3, vote: '' }, 'behind'],
  ['a later term', { term: 4, vote: '' }, { term: 3, vote: 'a' }, 'ahead'],
  ['no vote yet in the same term', { term: 3, vote: '' }, { term: 3, vote: 'a' }, 'behind'],
  ['a vote where the other has none yet', { term: 3, vote: 'a' }, { term: 3, vote: '' }, 'ahead'],
  ['another vote in the same term', { term: 3, vote: 'a' }, { term: 3, vote: 'b' }, 'conflict'],
])('%s', (_, one, other, order) => {
  expect(compareVotes(one, other)).toBe(order)
})
