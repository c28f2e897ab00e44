import { expect, test } from 'vitest'
import { unseenIn, type Holdings, type StateHoldings } from './holdings.ts'
import { lossesOf, unnoticed, type Loss } from './losses.ts'
import type { Outcome } from './verdict.ts'

const state = {
  name: 'state',
  mark: { index: 5, revision: 4, digest: 'mark at 4' },
  rows: new Map([
    ['r/group/a', { revision: 2, digest: 'a at 2' }],
    ['r/group/b', { revision: 4, digest: 'b at 4' }],
  ]),
  outcomes: new Map([['o/4', 'outcome of 4']]),
} satisfies StateHoldings

/** A peer that has entries 3 to 5, and was opened twice. */
const whole: Holdings = {
  entries: new Map([
    [3, 'three'],
    [4, 'four'],
    [5, 'five'],
  ]),
  beginning: 2,
  configuration: 'three peers',
  votes: [
    { term: 6, vote: 'a' },
    { term: 7, vote: 'b' },
    { term: 7, vote: 'b' },
  ],
  identities: [
    { nonce: 'n', peerId: 'c', starts: 2 },
    { nonce: 'n', peerId: 'c', starts: 2 },
  ],
  hasWitness: true,
  state,
  sealKey: 'key',
}

const entries = (...pairs: readonly (readonly [number, string])[]) => ({ entries: new Map(pairs) })
const mark = (index: number, revision: number) => ({ index, revision, digest: `mark at ${revision}` })
const stateWith = (changed: Partial<StateHoldings>) => ({ state: { ...state, ...changed } })
const rows = (...pairs: readonly (readonly [string, number, string])[]) =>
  new Map(pairs.map(([key, revision, digest]) => [key, { revision, digest }]))

/** What is there after a damage, and what that has taken away. */
const damages: readonly (readonly [string, Partial<Holdings>, readonly string[]])[] = [
  ['nothing has changed', {}, []],
  [
    'the tail of the log is gone',
    entries([3, 'three'], [4, 'four']),
    ['log: 1 of 3 entries are gone or changed, entry 5 first'],
  ],
  [
    'an entry is missing in the middle',
    entries([3, 'three'], [5, 'five']),
    ['log: 1 of 3 entries are gone or changed, entry 4 first'],
  ],
  [
    'an entry has another content',
    entries([3, 'three'], [4, 'for'], [5, 'five']),
    ['log: 1 of 3 entries are gone or changed, entry 4 first'],
  ],
  ['the log has more than before', entries([3, 'three'], [4, 'four'], [5, 'five'], [6, 'six']), []],
  ['the record of the beginning is lost', { beginning: undefined }, ['log: where it begins is lost or changed']],
  ['the configuration is lost', { configuration: '' }, ['log: its configuration is lost or changed']],
  ['one vote of three is left', { votes: [{ term: 7, vote: 'b' }] }, []],
  [
    'only an older vote is left',
    { votes: [{ term: 6, vote: 'a' }] },
    ['vote: nothing tells of term 7 and the vote in it'],
  ],
  [
    'the term is left, and not who got the vote',
    { votes: [{ term: 7, vote: '' }] },
    ['vote: nothing tells of term 7 and the vote in it'],
  ],
  ['a later term is known', { votes: [{ term: 8, vote: '' }] }, []],
  [
    'the copy of the identity is left beside that of another peer',
    {
      identities: [
        { nonce: 'm', peerId: 'a', starts: 9 },
        { nonce: 'n', peerId: 'c', starts: 2 },
      ],
    },
    [],
  ],
  [
    'the identity is of an earlier day',
    { identities: [{ nonce: 'n', peerId: 'c', starts: 1 }] },
    ['identity: nothing tells that it was opened 2 times'],
  ],
  ['the witness is gone', { hasWitness: false }, ['witness: neither slot can be read']],
  ['the state does not open', { state: undefined }, ['state: it cannot be read']],
  ['the mark of the state is lost', stateWith({ mark: undefined }), ['state: it cannot be read']],
  [
    'the state is of an earlier moment, and whole',
    stateWith({ mark: mark(3, 2), rows: rows(['r/group/a', 2, 'a at 2']), outcomes: new Map() }),
    [],
  ],
  [
    'the state is of an earlier moment, at which a row had another value',
    stateWith({ mark: mark(3, 2), rows: rows(['r/group/a', 2, 'a at 2'], ['r/group/b', 1, 'b at 1']) }),
    [],
  ],
  [
    'the state is of a moment before the beginning of the log',
    stateWith({ mark: mark(1, 1), rows: rows() }),
    ['state: it ends with entry 1, and the log begins behind entry 2'],
  ],
  [
    'a row is missing from a state with its mark',
    stateWith({ rows: rows(['r/group/b', 4, 'b at 4']) }),
    ['state: 1 rows are not those of its mark, r/group/a among them'],
  ],
  [
    'a row is missing from a state of an earlier moment',
    stateWith({ mark: mark(3, 2), rows: rows() }),
    ['state: 1 rows are not those of its mark, r/group/a among them'],
  ],
  [
    'a row is there again that was not there',
    stateWith({ rows: rows(['r/group/a', 2, 'a at 2'], ['r/group/b', 4, 'b at 4'], ['r/group/old', 1, 'old']) }),
    ['state: 1 rows are not those of its mark, r/group/old among them'],
  ],
  [
    'an outcome is missing from a state with its mark',
    stateWith({ outcomes: new Map() }),
    ['state: 1 rows are not those of its mark, o/4 among them'],
  ],
  ['the sealing key is another one', { sealKey: 'other' }, ['sealing key: it is not the one that it was']],
]

test.each(damages)('%s', (_, changed, expected) => {
  const losses = lossesOf(whole, { ...whole, ...changed })
  expect(losses.map(({ part, what }) => `${part}: ${what}`)).toEqual(expected)
})

test('whoever sees nothing where something is, is found out', () => {
  expect(unseenIn(whole)).toEqual([])
  const blind = { ...whole, ...entries(), votes: whole.votes.slice(1), ...stateWith({ rows: rows() }) }
  expect(unseenIn(blind)).toEqual(['entries', 'votes', 'rows'])
})

test('an entry that a running peer had applied must be there, unless the log was cut behind it', () => {
  const later = { ...whole, ...entries([3, 'three'], [4, 'four'], [5, 'five'], [6, 'six'], [7, 'seven']) }
  expect(lossesOf(whole, later, 7)).toEqual([])
  expect(lossesOf(whole, later, 8)).toEqual([{ part: 'log', what: 'entry 8 is gone, which it had applied' }])
  const cut = { ...whole, beginning: 9, ...stateWith({ mark: mark(9, 4) }) }
  expect(lossesOf(cut, cut, 8)).toEqual([])
})

const parts: readonly Loss['part'][] = ['log', 'vote', 'identity', 'witness', 'state', 'sealing key']

/** Of what a peer may have lost so that this end shows it. */
const shown: Readonly<Record<Outcome, readonly Loss['part'][]>> = {
  'refused to start': parts,
  'says it is damaged': parts,
  'repaired by the others': ['log', 'vote', 'identity', 'witness', 'state'],
  'state made anew': ['state'],
  'snapshot refused': [],
  'ended its process': [],
  'nothing lost': [],
}

test.each(Object.entries(shown) as [Outcome, readonly Loss['part'][]][])(
  'whoever lost something and ends so is right or wrong: %s',
  (outcome, right) => {
    const wrong = parts.filter((part) => unnoticed([{ part, what: 'it is gone' }], outcome).length > 0)
    expect(wrong).toEqual(parts.filter((part) => !right.includes(part)))
    expect(unnoticed([], outcome)).toEqual([])
  },
)

test('a peer that lost the tail of its log and caught up like any follower is wrong', () => {
  const after = { ...whole, ...entries([3, 'three']) }
  expect(unnoticed(lossesOf(whole, after), 'nothing lost')).toEqual([
    'it went on as if nothing was missing (nothing lost), but of its log: 2 of 3 entries are gone or changed, entry 4 first',
  ])
  expect(unnoticed(lossesOf(whole, after), 'repaired by the others')).toEqual([])
})
