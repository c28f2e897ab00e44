import { expect, test } from 'vitest'
import { encodeVote, readVotes, type Vote } from './vote-slots.ts'

const [peerA, peerB] = ['a'.repeat(16), 'b'.repeat(16)] as const
const older: Vote = { sequence: 6, term: 4, vote: peerA, mutedTerm: 0 }
const newer: Vote = { sequence: 7, term: 5, vote: peerB, mutedTerm: 3 }
const torn = (vote: Vote) => encodeVote(vote).fill(0, 20)

test('the newer file wins, whichever it is', () => {
  expect(readVotes([encodeVote(older), encodeVote(newer)])).toEqual({ kind: 'read', newest: newer, older })
  const newest = { ...newer, sequence: 8 }
  expect(readVotes([encodeVote(newest), encodeVote({ ...older, sequence: 7 })])).toEqual({
    kind: 'read',
    newest,
    older: { ...older, sequence: 7 },
  })
})

test('a file torn by a crash leaves the other one', () => {
  expect(readVotes([encodeVote(older), torn(newer)])).toEqual({ kind: 'read', newest: older, older: undefined })
  expect(readVotes([torn(older), encodeVote(newer)])).toEqual({ kind: 'read', newest: newer, older: undefined })
})

test('a term without a vote may be followed by a vote in the same term', () => {
  const none = { sequence: 6, term: 5, vote: '', mutedTerm: 0 }
  expect(readVotes([encodeVote(none), encodeVote(newer)])).toMatchObject({ kind: 'read', newest: newer })
})

test.each([
  ['one file is missing', [encodeVote(older), undefined], 'vote.1 is missing'],
  ['both fail their checksum', [torn(older), torn(newer)], 'neither vote file'],
  ['both name a peer in one term', [encodeVote({ ...older, term: 5 }), encodeVote(newer)], 'in term 5'],
  ['the newer has the older term', [encodeVote({ ...older, term: 9 }), encodeVote(newer)], 'older term'],
  ['a file of another day', [encodeVote({ ...older, sequence: 2 }), encodeVote(newer)], 'do not follow each other'],
  ['a file stands in the place of the other', [encodeVote(newer), encodeVote(newer).fill(0)], 'neither vote file'],
])('a vote is lost when %s', (_, [zero, one], reason) => {
  expect(readVotes([zero, one])).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) as string })
})

test('both missing is no vote at all', () => {
  expect(readVotes([undefined, undefined])).toEqual({ kind: 'absent' })
})
