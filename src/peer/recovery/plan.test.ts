import { expect, test } from 'vitest'
import type { Collected } from './collect.ts'
import { planOf, planText } from './plan.ts'

const peers = ['a', 'b', 'c'].map((name) => ({ id: `id-${name}`, name, address: `${name}:1` }))

/** What a peer holds whose log is whole up to entry 10 of term 3. */
const whole = (name: string, other: Partial<Collected> = {}): Collected => ({
  directory: `/${name}`,
  clusterId: 'cluster',
  peerId: `id-${name}`,
  peerName: name,
  formatEpoch: 2,
  incarnation: '',
  lastIndex: 10,
  lastTerm: 3,
  lastChain: 'abc',
  lastRevision: 8,
  damage: '',
  knownIndex: 10,
  knownRevision: 8,
  knownTerm: 3,
  peers,
  ...other,
})
const lost = { lastIndex: 0, lastTerm: 0, lastRevision: 0, peers: [], damage: 'it is missing' }

test('the log with the highest term wins, and of these the longest, as in an election', () => {
  const all = [whole('a', { lastIndex: 12 }), whole('b', { lastTerm: 4, lastIndex: 9 }), whole('c', { lastTerm: 4 })]
  expect(planOf(all, 'new')).toMatchObject({ source: '/c', lastIndex: 10, term: 4 })
})

test('the new term is above every one that anybody speaks of', () => {
  expect(planOf([whole('a'), whole('b', { ...lost, knownTerm: 17 }), whole('c')], 'new').term).toBe(18)
})

test('what some peer once had and none has now is lost, and renews the incarnation', () => {
  const all = [
    whole('a', { ...lost, knownIndex: 15, knownRevision: 12 }),
    whole('b', { ...lost, knownIndex: 14 }),
    whole('c'),
  ]
  const plan = planOf(all, 'new')
  expect(plan).toMatchObject({
    lostIndexes: { from: 11, to: 15 },
    lostRevisions: { from: 9, to: 12 },
    incarnation: 'new',
  })
  expect(planText(plan, all)).toContain('Lost for good: entries 11 to 15, revisions 9 to 12.')
})

test('lost entries whose revisions no state has seen are told from where on', () => {
  const all = [whole('a', { ...lost, knownIndex: 15 }), whole('b'), whole('c')]
  expect(planText(planOf(all, 'new'), all)).toContain('entries 11 to 15, the revisions from 9 on.')
})

test('when nothing is lost the incarnation stays', () => {
  const all = [whole('a', lost), whole('b', lost), whole('c', { incarnation: 'kept' })]
  const plan = planOf(all, 'new')
  expect(plan).toMatchObject({ lostIndexes: { from: 0, to: 0 }, lostRevisions: { from: 0, to: 0 } })
  expect(planText(plan, all)).toContain('Nothing that any of them knows of is lost.')
})

test('an empty directory takes the place of the peer that is missing', () => {
  const empty = whole('x', { ...lost, clusterId: '', peerId: '', peerName: '', knownIndex: 0, knownTerm: 0 })
  expect(planOf([whole('a'), empty, whole('c')], 'new').directories).toEqual([
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
])('there is no plan when %s', (_, all, reason) => {
  expect(() => planOf(all, 'new')).toThrow(reason)
})
