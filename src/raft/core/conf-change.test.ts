import { expect, test } from 'vitest'
import { bootstrapChange, checkConfState, confStateAfter } from './conf-change.ts'
import { confChangeOf } from './testing/conf-text.ts'
import { votersOf } from './testing/solo.ts'
import { emptyConfState } from './tracker.ts'

test('the bootstrap change makes its peers the voters, whatever the order in which they are named', () => {
  const change = bootstrapChange(['3', '1', '2'])
  expect(change).toEqual(bootstrapChange(['1', '2', '3']))
  expect(confStateAfter(emptyConfState, change)).toEqual(votersOf('1', '2', '3'))
})

test('a cluster is bootstrapped once, with somebody in it', () => {
  expect(() => confStateAfter(votersOf('1'), bootstrapChange(['2']))).toThrow('a cluster is bootstrapped once')
  expect(() => confStateAfter(emptyConfState, bootstrapChange([]))).toThrow('a configuration has a voter')
  expect(() => confStateAfter(emptyConfState, bootstrapChange(['']))).toThrow('every peer has an id')
  expect(() => confStateAfter(emptyConfState, confChangeOf('+1'))).toThrow('a cluster is bootstrapped first')
})

test('nobody both votes and only listens, except a voter that leaves', () => {
  const joint = { ...votersOf('1', '2'), votersOutgoing: ['2', '3'], learners: ['4'], learnersNext: ['3'] }
  expect(() => checkConfState(joint)).not.toThrow()
  expect(() => checkConfState({ ...joint, learners: ['3'] })).toThrow('a learner does not vote')
  expect(() => checkConfState({ ...joint, learnersNext: ['1'] })).toThrow('only a voter that leaves')
  expect(() => checkConfState({ ...joint, voters: ['2', '1'] })).toThrow('ascend')
})
