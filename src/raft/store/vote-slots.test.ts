import { expect, test } from 'vitest'
import { encodeVote as encode, readVotes as read, type Vote } from './vote-slots.ts'

const [peerA, peerB] = ['a'.repeat(16), 'b'.repeat(16)] as const
const older: Vote = { sequence: 6, term: 4, vote: peerA, mutedTerm: 0 }
const newer: Vote = { sequence: 7, term: 5, vote: peerB, mutedTerm: 3 }
const nonce = 'f'.repeat(16)
const encodeVote = (vote: Vote) => encode(vote, nonce)
const readVotes = (files: Parameters<typeof read>[0]) => read(files, nonce)
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

test.each([
  ['torn by a crash', [encodeVote(older), torn(newer)], older, 'vote.1 is missing or not what was written'],
  ['torn in the other turn', [torn(older), encodeVote(newer)], newer, 'vote.0 is missing or not what was written'],
  ['missing', [encodeVote(older), undefined], older, 'vote.1 is missing or not what was written'],
  ['of another data directory', [encodeVote(older), encode(newer, 'other')], older, 'vote.1 is missing'],
  [
    'of an earlier day',
    [encodeVote({ ...older, sequence: 2 }), encodeVote(newer)],
    newer,
    'vote.0 is of an earlier day',
  ],
  ['in the place of the other', [encodeVote(newer), encodeVote(newer)], newer, 'vote.0 is missing or not'],
])('a file that is %s leaves the other one, and is told', (_, [zero, one], newest, reason) => {
  const told = expect.stringContaining(reason) as string
  expect(readVotes([zero, one])).toEqual({ kind: 'read', newest, older: undefined, reason: told })
})

test('a term without a vote may be followed by a vote in the same term', () => {
  const none = { sequence: 6, term: 5, vote: '', mutedTerm: 0 }
  expect(readVotes([encodeVote(none), encodeVote(newer)])).toMatchObject({ kind: 'read', newest: newer })
})

test.each([
  ['both fail their checksum', [torn(older), torn(newer)], 'neither vote file'],
  ['both name a peer in one term', [encodeVote({ ...older, term: 5 }), encodeVote(newer)], 'in term 5'],
  ['the newer has the older term', [encodeVote({ ...older, term: 9 }), encodeVote(newer)], 'older term'],
  ['each stands in the place of the other', [encodeVote(newer), encodeVote(older)], 'neither vote file'],
  ['both are of another data directory', [encode(older, ''), encode(newer, '')], 'neither vote file'],
])('a vote is lost when %s', (_, [zero, one], reason) => {
  expect(readVotes([zero, one])).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) as string })
})

test('both missing is no vote at all', () => {
  expect(readVotes([undefined, undefined])).toEqual({ kind: 'absent' })
})
