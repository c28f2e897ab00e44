import { expect, test } from 'vitest'
import { compareStates } from './compare-states.ts'
import type { Holdings } from './holdings.ts'

function peer(name: string, digests: Readonly<Record<string, string>> | undefined) {
  const rows = new Map(Object.entries(digests ?? {}).map(([key, digest]) => [key, { revision: 1, digest }]))
  const state = digests && { name: 'state', mark: undefined, rows, outcomes: new Map<string, string>() }
  const holdings: Holdings = {
    entries: new Map(),
    beginning: 0,
    configuration: '',
    votes: [],
    identities: [],
    hasWitness: true,
    state,
    sealKey: '',
  }
  return { name, holdings }
}

test('peers with the same rows are alike; a row that one has not, or has otherwise, is found', () => {
  const rows = { 'r/group/a': 'one', 'r/group/b': 'two' }
  expect(compareStates([peer('a', rows), peer('b', rows), peer('c', rows)])).toEqual([])
  expect(
    compareStates([peer('a', rows), peer('b', { 'r/group/b': 'two' }), peer('c', { ...rows, 'r/group/b': '2' })]),
  ).toEqual(['a and b differ in 1 rows, r/group/a among them', 'a and c differ in 1 rows, r/group/b among them'])
})

test('a state that cannot be read is like no other', () => {
  expect(compareStates([peer('a', {}), peer('b', undefined)])).toEqual(['the state of a or of b cannot be read'])
})
