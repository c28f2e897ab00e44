import { expect, test } from 'vitest'
import { confChangeOf } from './testing/conf-text.ts'
import { elect, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import { encodeText } from './testing/text.ts'
import type { RawNode } from './types.ts'

const to = '1'

function leader() {
  const { core, log } = solo()
  elect(core, log, '2', '3')
  core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 2 }))
  settleAlone(core, log)
  return { core, log }
}

const told = (core: RawNode) => core.ready().messages.filter(({ type }) => type === 'timeout_now')

test('only a leader hands over, and only to a voter other than itself', () => {
  expect(solo().core.transferLeader('2')).toBe('not_leader')
  const { core } = leader()
  core.applyConfChange(confChangeOf('~4'))
  expect(core.transferLeader('4')).toBe('not_a_voter')
  expect(core.transferLeader('9')).toBe('not_a_voter')
  expect(core.transferLeader('1')).toBe('already_leader')
  expect(core.status().transferee).toBe('')
})

test('who is up to date is told at once, who is not with its acknowledgement of the last entry', () => {
  const { core, log } = leader()
  expect(core.transferLeader('2')).toBe(undefined)
  expect(told(core)).toMatchObject([{ to: '2', term: 2 }])
  expect(core.transferLeader('3')).toBe(undefined)
  expect(told(core)).toEqual([])
  core.step(message({ type: 'append_response', from: '3', to, term: 2, index: 2 }))
  expect(settleAlone(core, log).filter(({ type }) => type === 'timeout_now')).toMatchObject([{ to: '3' }])
})

test('a transfer under way is not begun again by the same request', () => {
  const { core } = leader()
  core.transferLeader('2')
  told(core)
  expect(core.transferLeader('2')).toBe(undefined)
  expect(core.hasReady()).toBe(false)
})

test('proposals are refused until the transfer has ended or was given up', () => {
  const { core, log } = leader()
  core.transferLeader('3')
  expect(core.propose([encodeText('x')])).toBe('transferring')
  expect(core.proposeConfChange(confChangeOf('+4'), encodeText('+4'))).toBe('transferring')
  for (let tick = 0; tick < 9; tick++) core.tick()
  expect(core.propose([encodeText('x')])).toBe('transferring')
  core.tick()
  settleAlone(core, log)
  expect(core.status()).toMatchObject({ role: 'leader', transferee: '' })
  expect(core.propose([encodeText('x')])).toBe(undefined)
})

test('its own acknowledgement does not make a leader tell its target', () => {
  const { core, log } = leader()
  core.propose([encodeText('x')])
  const write = core.ready().messages.find(({ type }) => type === 'storage_append')
  core.transferLeader('3')
  core.ready()
  for (const response of write!.responses) core.step(response)
  expect(settleAlone(core, log).filter(({ type }) => type === 'timeout_now')).toEqual([])
})

test('who is told to campaign does so without a pre-vote, with a vote that is heard', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to, term: 2 }))
  settleAlone(core, log)
  core.step(message({ type: 'timeout_now', from: '2', to, term: 2 }))
  expect(core.status()).toMatchObject({ role: 'candidate', term: 3 })
  expect(settleAlone(core, log)).toMatchObject([
    { type: 'vote', to: '2', term: 3, context: 'transfer', commit: 1, commitTerm: 1 },
    { type: 'vote', to: '3', term: 3, context: 'transfer' },
  ])
})

test.for(['pre_candidate', 'leader'] as const)('a %s is not told what to do', (role) => {
  const { core, log } = solo()
  if (role === 'leader') elect(core, log, '2')
  else core.campaign()
  settleAlone(core, log)
  const { term } = core.status()
  core.step(message({ type: 'timeout_now', from: '2', to, term }))
  expect(core.status()).toMatchObject({ role, term })
})

test('who does not vote does not campaign when it is told to', () => {
  const { core } = solo({ confState: { ...votersOf('2', '3'), learners: ['1'] } })
  core.step(message({ type: 'timeout_now', from: '2', to, term: 1 }))
  expect(core.status().role).toBe('follower')
})

test('priorities are a copy: what the caller does with its own afterwards is nothing to the core', () => {
  const { core, log } = leader()
  const priorities = new Map<string, number>()
  core.setPriorities(priorities)
  priorities.set('2', 9)
  for (let tick = 0; tick < 60; tick++) {
    core.tick()
    settleAlone(core, log)
    core.step(message({ type: 'heartbeat_response', from: '2', to, term: 2 }))
  }
  expect(core.status()).toMatchObject({ role: 'leader', transferee: '' })
  core.setPriorities(priorities)
  for (let tick = 0; tick < 10; tick++) core.tick()
  expect(core.status().transferee).toBe('2')
})
