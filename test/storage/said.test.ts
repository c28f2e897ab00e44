import { expect, test } from 'vitest'
import { defectsIn, outcomeOf, reasonIn } from './said.ts'

const line = (fields: Readonly<Record<string, string>>) => JSON.stringify({ level: 'error', ...fields })

const anew = line({ reason: 'no rows', message: 'the state is damaged, and made anew from the log' })
const repair = line({
  reason: 'no end\u0000\u0000',
  message: 'this peer is damaged, and is repaired by the others: it does not vote',
})

test('a repair weighs more than a state that is made anew on the way', () => {
  const said = `peer c: api 127.0.0.1:1\n${anew}\n${repair}\n`
  expect(outcomeOf('ready', said)).toBe('repaired by the others')
  expect(reasonIn(said)).toBe('no end�')
  expect(outcomeOf('ready', anew)).toBe('state made anew')
  expect(outcomeOf('ready', '')).toBe('nothing lost')
  expect(outcomeOf('damaged', said)).toBe('says it is damaged')
  expect(outcomeOf('ended', said)).toBe('refused to start')
})

test('a peer that ended by a defect has noticed nothing', () => {
  const fatal = line({ code: 'defect', message: 'trivet ends: not so: what is committed is in the log\n    at step' })
  expect(defectsIn(`${anew}\n${fatal}\n`)).toEqual([
    'it ended by a defect: trivet ends: not so: what is committed is in the log',
  ])
  expect(defectsIn(anew)).toEqual([])
})
