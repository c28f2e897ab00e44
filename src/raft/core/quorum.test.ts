import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allVoters, committedByQuorum, decideByQuorum } from './quorum.ts'

const ids = ['1', '2', '3', '4', '5', '6', '7']
const half = fc.subarray(ids, { minLength: 0, maxLength: 7 })
const joint = fc
  .record({ voters: half, votersOutgoing: half })
  .filter(({ voters, votersOutgoing }) => voters.length + votersOutgoing.length > 0)

/** Whether more than half of the voters are among these; nobody needs to agree where nobody votes. */
function isMajority(voters: readonly string[], agree: (id: string) => boolean): boolean {
  return voters.length === 0 || voters.filter(agree).length * 2 > voters.length
}

test('an index is committed exactly up to where a majority of each half has it', () => {
  fc.assert(
    fc.property(joint, fc.array(fc.nat(6), { minLength: 7, maxLength: 7 }), (voters, acked) => {
      const ackedOf = (id: string) => acked[ids.indexOf(id)]!
      const everywhere = (index: number) =>
        isMajority(voters.voters, (id) => ackedOf(id) >= index) &&
        isMajority(voters.votersOutgoing, (id) => ackedOf(id) >= index)
      const committed = committedByQuorum(voters, ackedOf)
      expect(everywhere(committed)).toBe(true)
      expect(everywhere(committed + 1)).toBe(false)
    }),
  )
})

test('a vote is won or lost as soon as no missing answer can change it, and not before', () => {
  const answers = fc.array(fc.constantFrom(true, false, undefined), { minLength: 7, maxLength: 7 })
  fc.assert(
    fc.property(joint, answers, (voters, votes) => {
      const voteOf = (id: string) => votes[ids.indexOf(id)]
      const outcome = (missing: boolean) =>
        isMajority(voters.voters, (id) => voteOf(id) ?? missing) &&
        isMajority(voters.votersOutgoing, (id) => voteOf(id) ?? missing)
      const expected = outcome(false) ? 'won' : outcome(true) ? 'pending' : 'lost'
      expect(decideByQuorum(voters, voteOf)).toBe(expected)
    }),
  )
})

test('two quorums of one configuration always share a peer', () => {
  fc.assert(
    fc.property(joint, half, half, (voters, one, other) => {
      const wins = (side: readonly string[]) => decideByQuorum(voters, (id) => side.includes(id)) === 'won'
      fc.pre(wins(one) && wins(other))
      expect(one.some((id) => other.includes(id))).toBe(true)
    }),
  )
})

test('a peer that votes in both halves is named once', () => {
  expect([...allVoters({ voters: ['1', '2'], votersOutgoing: ['2', '3'] })]).toEqual(['1', '2', '3'])
})
