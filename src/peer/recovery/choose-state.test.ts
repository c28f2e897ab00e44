import { expect, test } from 'vitest'
import { firstIncarnation } from '../state-dir.ts'
import { chooseState } from './choose-state.ts'
import type { Collected } from './collect.ts'
import { stateLost, whole } from './collected-fixture.ts'

/** A log that was cut behind entry 50 and ends with entry 80, whose terms are 3 up to entry 60 and 4 behind it. */
const cut = {
  truncationIndex: 50,
  lastIndex: 80,
  lastTerm: 4,
  points: [50, 60, 61, 70, 80].map((index) => ({ index, term: index > 60 ? 4 : 3, chain: `chain ${index}` })),
} satisfies Partial<Collected>

const at = (index: number, term: number, other: Partial<Collected['state']> = {}) => ({ index, term, ...other })
const rotten = { problem: 'its rows do not sum up' }
const choose = (log: Collected, others: readonly Collected[], incarnation = firstIncarnation('cluster')) =>
  chooseState(log, [log, ...others], incarnation)

test.each<[string, Partial<Collected['state']>, string]>([
  ['where the log begins', at(50, 3), 'copied'],
  ['within it', at(60, 3), 'copied'],
  ['at its end', at(80, 4), 'copied'],
  ['behind its end, in the same term', at(81, 4), 'ahead'],
  ['behind its end, in a later term', at(81, 5), 'ahead'],
  ['within what the log still has of an older term', at(70, 5), 'ahead'],
  ['before the log begins', at(49, 3), 'none'],
  ['nowhere', stateLost, 'none'],
  ['at an entry of another term', at(61, 3), 'none'],
  ['behind its end, in an older term', at(81, 3), 'none'],
  ['within it, and is damaged', at(60, 3, rotten), 'none'],
  ['behind its end, and is damaged', at(81, 4, rotten), 'none'],
  ['within it, and is of before an earlier recovery', at(60, 3, { incarnation: 'older' }), 'none'],
  ['behind its end, and is of before an earlier recovery', at(81, 4, { incarnation: 'older' }), 'none'],
])('of a log that was cut, a state that stands %s (%o) is %s', (_, state, kind) => {
  const chosen = choose(whole('a', { ...cut, state }), [])
  expect(chosen).toMatchObject(kind === 'none' ? { kind } : { kind, directory: '/a' })
})

test.each<[string, Partial<Collected['state']>, string]>([
  ['stands at its end', at(10, 3), 'replayed'],
  ['stands within it', at(7, 2), 'replayed'],
  ['is lost', stateLost, 'replayed'],
  ['is damaged and further', at(12, 3, rotten), 'replayed'],
  ['is further', at(12, 3), 'ahead'],
])('of a log that was never cut, a state that %s (%o) is %s', (_, state, kind) => {
  expect(choose(whole('a', { state }), [])).toMatchObject({ kind })
})

test.each<[string, readonly Partial<Collected['state']>[], object]>([
  [
    'the one that is furthest of those that fit',
    [at(60, 3), at(70, 4), at(50, 3)],
    { kind: 'copied', directory: '/1' },
  ],
  ['one that fits, however damaged the others', [at(80, 4, rotten), stateLost, at(50, 3)], { directory: '/2' }],
  ['the furthest of those that are further', [at(82, 4), at(85, 4), at(70, 4)], { kind: 'ahead', directory: '/1' }],
  ['of those that are further the one of the highest term', [at(90, 4), at(81, 5)], { directory: '/1' }],
])('of the states of several directories, %s is chosen', (_, states, chosen) => {
  const log = whole('log', { ...cut, state: stateLost })
  const others = states.map((state, name) => whole(String(name), { state }))
  expect(choose(log, others)).toMatchObject(chosen)
})

test('a state whose own log had another entry there is not gone on with', () => {
  const log = whole('a', { ...cut, state: stateLost })
  const points = (chain: string) => [{ index: 60, term: 3, chain }]
  expect(choose(log, [whole('b', { state: at(60, 3), points: points('chain 60') })])).toMatchObject({ kind: 'copied' })
  expect(choose(log, [whole('b', { state: at(60, 3), points: points('other') })])).toMatchObject({
    kind: 'none',
    reasons: [expect.any(String), '/b: the state stands at entry 60, which is another entry than that of the log'],
  })
})

test('where none fits, the reason is told of each', () => {
  const log = whole('a', { ...cut, state: at(60, 3, rotten) })
  const others = [
    whole('b', { state: at(49, 3) }),
    whole('c', { state: at(81, 3) }),
    whole('d', { state: at(60, 3, { incarnation: 'older' }) }),
  ]
  expect(choose(log, others)).toEqual({
    kind: 'none',
    reasons: [
      '/a: its rows do not sum up',
      '/b: the state stands at entry 49, before the log begins',
      '/c: the state stands at entry 81 of term 3, and the log is of a later one',
      '/d: the state is one of before an earlier recovery',
    ],
  })
})
