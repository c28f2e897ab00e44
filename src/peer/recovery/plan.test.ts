import { expect, test } from 'vitest'
import { logLost as lost, stateLost, whole } from './collected-fixture.ts'
import { planOf } from './plan.ts'

test('the log with the highest term wins, and of these the longest, as in an election', () => {
  const all = [whole('a', { lastIndex: 12 }), whole('b', { lastTerm: 4, lastIndex: 9 }), whole('c', { lastTerm: 4 })]
  expect(planOf(all, 'new')).toMatchObject({ source: '/c', logIndex: 10, lastIndex: 10, term: 4 })
})

test('of two logs that end alike the one that reaches further back wins, for more states fit it', () => {
  const all = [whole('a', { truncationIndex: 8 }), whole('b', { truncationIndex: 6 }), whole('c', lost)]
  const points = [{ index: 10, term: 3, chain: 'abc' }]
  expect(planOf([all[0]!, { ...all[1]!, points }, all[2]!], 'new')).toMatchObject({ source: '/b' })
})

test('the new term is above every one that anybody speaks of', () => {
  expect(planOf([whole('a'), whole('b', { ...lost, knownTerm: 17 }), whole('c')], 'new').term).toBe(18)
})

test('what some peer once had and none has now is lost, and renews the incarnation', () => {
  const all = [
    whole('a', { ...lost, knownIndex: 15, state: { index: 15, revision: 12, problem: 'damaged' } }),
    whole('b', { ...lost, knownIndex: 14 }),
    whole('c'),
  ]
  expect(planOf(all, 'new')).toMatchObject({
    state: { kind: 'replayed' },
    lostIndexes: { from: 11, to: 15 },
    lostRevisions: { from: 9, to: 12, isExact: true },
    incarnation: 'new',
  })
})

test('lost entries that no state has applied may have had further revisions', () => {
  const known = [
    whole('a', { ...lost, knownIndex: 15, state: { index: 14, revision: 11, problem: 'damaged' } }),
    whole('b', lost),
    whole('c'),
  ]
  expect(planOf(known, 'new').lostRevisions).toEqual({ from: 9, to: 11, isExact: false })
  const unknown = [whole('a', { ...lost, knownIndex: 15 }), whole('b'), whole('c')]
  expect(planOf(unknown, 'new').lostRevisions).toEqual({ from: 9, to: 8, isExact: false })
})

test('what the state of one has that no log has any more is not lost', () => {
  const all = [
    whole('a', { ...lost, knownIndex: 15, state: { index: 14, revision: 11 } }),
    whole('b', lost),
    whole('c', { truncationIndex: 9, state: stateLost }),
  ]
  expect(planOf(all, 'new')).toMatchObject({
    source: '/c',
    logIndex: 10,
    state: { kind: 'ahead', directory: '/a' },
    lastIndex: 14,
    lastTerm: 3,
    lastRevision: 11,
    lostIndexes: { from: 15, to: 15 },
    lostRevisions: { from: 12, to: 11, isExact: false },
    incarnation: 'new',
  })
})

test('a log without a transaction ends at the revision of the state that it is gone on with from', () => {
  const points = [{ index: 10, term: 3, chain: 'abc' }]
  const log = { truncationIndex: 10, lastIndex: 12, lastRevision: 0, knownIndex: 14, points }
  const plan = planOf([whole('a', log), whole('b', lost), whole('c', lost)], 'new')
  expect(plan).toMatchObject({ lastRevision: 8, lostIndexes: { from: 13, to: 14 }, lostRevisions: { from: 9 } })
})

test('when nothing is lost the incarnation stays', () => {
  const state = { incarnation: 'kept' }
  const all = [whole('a', lost), whole('b', lost), whole('c', { incarnation: 'kept', state })]
  expect(planOf(all, 'new')).toMatchObject({
    lostIndexes: { from: 0, to: 0 },
    lostRevisions: { from: 0, to: 0 },
    incarnation: 'kept',
  })
})

test('an empty directory takes the place of the peer that is missing', () => {
  const none = { clusterId: '', peerId: '', peerName: '', knownIndex: 0, knownTerm: 0, state: stateLost }
  expect(planOf([whole('a'), whole('x', { ...lost, ...none }), whole('c')], 'new').directories).toEqual([
    { directory: '/a', peerId: 'id-a', peerName: 'a' },
    { directory: '/x', peerId: 'id-b', peerName: 'b' },
    { directory: '/c', peerId: 'id-c', peerName: 'c' },
  ])
})

test.each([
  ['no log is left', [whole('a', lost), whole('b', lost), whole('c', lost)], 'no log of these can be read'],
  ['a peer is missing', [whole('a'), whole('b')], 'the directories of all peers are needed, a, b, c'],
  ['one is given twice', [whole('a'), whole('a'), whole('b')], 'the directories of all peers are needed'],
  [
    'two have no identity, for nobody knows which is whose',
    [whole('a'), whole('b', { peerId: '', clusterId: '' }), whole('c', { peerId: '', clusterId: '' })],
    'at most one without an identity',
  ],
  [
    'one is of another cluster',
    [whole('a'), whole('b'), whole('c', { clusterId: 'other' })],
    'belongs to cluster other',
  ],
  [
    'no state fits a log that was cut, and what each lacks is said',
    [
      whole('a', { truncationIndex: 9, state: stateLost }),
      whole('b', { ...lost, state: { index: 8 } }),
      whole('c', { ...lost, state: { problem: 'the state on disk is damaged: a row is lost' } }),
    ],
    'the log of /a reaches furthest, to entry 10, but begins behind entry 9, and no state of these is sound and stands ' +
      'between the two. /a: the state is missing, or does not open. /b: the state stands at entry 8, before the log ' +
      'begins. /c: the state on disk is damaged: a row is lost. If there is another copy',
  ],
])('there is no plan when %s', (_, all, reason) => {
  expect(() => planOf(all, 'new')).toThrow(reason)
})
