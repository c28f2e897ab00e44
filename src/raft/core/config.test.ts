import { expect, test } from 'vitest'
import { solo } from './testing/solo.ts'
import type { Config } from './types.ts'

test.for<[string, Partial<Config>, string]>([
  ['heartbeats as rare as elections', { heartbeatTicks: 10, electionTicks: 10 }, 'heartbeats come more often'],
  ['a heartbeat in no time', { heartbeatTicks: 0 }, 'a heartbeat takes a tick'],
  ['half a tick', { electionTicks: 7.5 }, 'heartbeats come more often'],
  ['a limit that lets nothing through', { maxUncommittedBytes: 0 }, 'every limit lets something through'],
  ['an append larger than the window', { maxAppendBytes: 11, maxInflightBytes: 10 }, 'a whole append fits'],
  ['a random number that is none', { random: () => 10 }, 'a random number is below its limit'],
])('%s is refused at the start', ([, config, reason]) => {
  expect(() => solo({ config })).toThrow(reason)
})

test('a peer has an id', () => {
  expect(() => solo({ id: '' })).toThrow('a peer has an id')
})
