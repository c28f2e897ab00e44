import { expect, test } from 'vitest'
import { logLost as lost, stateLost, whole } from './collected-fixture.ts'
import { planOf } from './plan.ts'
import { planText } from './plan-text.ts'

const textOf = (all: Parameters<typeof planOf>[0]) => planText(planOf(all, 'new'), all)
const damaged = (index: number, revision: number) => ({ index, revision, problem: 'the state is damaged' })

test('of each directory is told what is left, and of all how they go on', () => {
  const points = [{ index: 10, term: 3, chain: 'abc' }]
  const all = [
    whole('a', { ...lost, peerName: '', peerId: '', clusterId: '', state: stateLost }),
    whole('b', { truncationIndex: 9, damage: 'entry 11 is missing', state: { name: 'state.0123' }, points }),
    whole('c', { lastTerm: 2, lastRevision: 0, state: damaged(7, 6) }),
  ]
  expect(textOf(all)).toBe(
    `What is left:
  (no identity)  /a
      nothing of its log can be read: it is missing
      the state is missing, or does not open
  b  /b
      the log is whole behind entry 9 up to entry 10, revision 8; entry 11 is missing
      state.0123: the state stands at entry 10, revision 8
  c  /c
      the log is whole up to entry 10
      state: the state stands at entry 7, revision 6; the state is damaged
All go on with the log of /b, from the state of /b, up to its end: entry 10, revision 8, in term 4.
Nothing that any of them knows of is lost.
`,
  )
})

test('a log that was never cut makes the states anew', () => {
  expect(textOf([whole('a'), whole('b'), whole('c')])).toContain('the log of /a, which makes their states anew, up to')
})

test('a state that is further than any log is gone on with', () => {
  const all = [whole('a', { ...lost, state: { index: 12, revision: 9 } }), whole('b'), whole('c')]
  expect(textOf(all)).toContain('the state of /a, which is further than any log: entry 12, revision 9,')
})

test.each([
  ['exactly, if a state had applied all of it', damaged(15, 12), 'revisions 9 to 12.'],
  ['as far as a state had applied it', damaged(14, 12), 'revisions 9 to 12, and later ones if there were any.'],
  ['from where on, if no state had', stateLost, 'the revisions from 9 on.'],
  ['without a revision, if the entries had none', damaged(15, 8), 'and no revision.'],
])('what is lost is told %s', (_, state, text) => {
  const all = [whole('a', { ...lost, knownIndex: 15, state }), whole('b'), whole('c')]
  expect(textOf(all)).toContain(`Lost for good: entries 11 to 15, ${text}\n`)
})
