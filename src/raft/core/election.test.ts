import { describe, expect, test } from 'vitest'
import { createCore } from './core.ts'
import { MemoryLog } from './memory-log.ts'
import { defaultSimConfig } from './testing/sim-cluster.ts'
import { drain, elect, entry, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import { Tracker } from './tracker.ts'

const to = '1'

test('while a change of the configuration is committed and not applied, nobody campaigns by the old one', () => {
  const log = new MemoryLog()
  log.append([entry(1, 1), { ...entry(2, 1, 'voters'), type: 'conf_change' }])
  log.setConfState(votersOf('1', '2', '3'))
  log.setHardState({ term: 1, vote: '', commit: 2 })
  const core = createCore({ ...defaultSimConfig, id: '1', applied: 1, random: () => 0 }, log)
  core.campaign()
  expect(core.status().role).toBe('follower')
  const [apply] = drain(core)
  core.step(apply!.responses[0]!)
  core.campaign()
  expect(core.status().role).toBe('pre_candidate')
})

test('who gave its vote waits a whole election time-out before it campaigns itself', () => {
  const { core } = solo({ term: 2 })
  for (let tick = 0; tick < 9; tick++) core.tick()
  core.step(message({ type: 'vote', from: '2', to, term: 2, index: 1, logTerm: 1 }))
  for (let tick = 0; tick < 9; tick++) core.tick()
  expect(core.status().role).toBe('follower')
  core.tick()
  expect(core.status().role).toBe('pre_candidate')
})

test('who refused its vote does not wait longer for it', () => {
  const { core } = solo({ term: 2, terms: [1, 2] })
  for (let tick = 0; tick < 9; tick++) core.tick()
  core.step(message({ type: 'vote', from: '2', to, term: 2, index: 1, logTerm: 1 }))
  core.tick()
  expect(core.status()).toMatchObject({ role: 'pre_candidate', vote: '' })
})

test('the first answer of a peer counts, and no later one', () => {
  const tracker = new Tracker({ maxMessages: 1, maxBytes: 1 })
  tracker.configure(votersOf('1', '2', '3'), 1)
  expect(tracker.recordVote('2', false)).toBe('pending')
  expect(tracker.recordVote('2', true)).toBe('pending')
  expect(tracker.recordVote('1', true)).toBe('pending')
  expect(tracker.recordVote('3', false)).toBe('lost')
  tracker.resetVotes()
  expect(tracker.recordVote('2', true)).toBe('pending')
})

test('what a leader knew of the others in an older term does not count in a later one', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  core.step(message({ type: 'append_response', from: '3', to, term: 2, index: 2 }))
  core.step(message({ type: 'heartbeat', from: '2', to, term: 3 }))
  core.forgetLeader()
  settleAlone(core, log)
  elect(core, log, '2')
  expect(core.status()).toMatchObject({ role: 'leader', term: 4, commit: 2 })
  const [own, second, third] = core.status().progress
  expect(own).toMatchObject({ id: '1', match: 3 })
  expect([second, third]).toMatchObject([
    { id: '2', match: 0, next: 3 },
    { id: '3', match: 0, next: 3 },
  ])
})

test('a leader is not leader twice: a campaign of its own changes nothing', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  core.campaign()
  expect(core.hasReady()).toBe(false)
  expect(core.status()).toMatchObject({ role: 'leader', term: 2 })
})

describe('a peer without a vote and a candidate tell each other what is committed', () => {
  const learner = { ...votersOf('2', '3'), learners: ['1'] }
  const ask = { type: 'vote' as const, from: '2', to, term: 2 }

  test('a candidate is told with the refusal', () => {
    const { core, log } = solo({ confState: learner, terms: [1, 1, 1], commit: 2, applied: 2 })
    core.step(message({ ...ask, index: 2, logTerm: 1 }))
    expect(settleAlone(core, log)).toMatchObject([{ type: 'vote_response', reject: true, commit: 2, commitTerm: 1 }])
  })

  test('who votes says nothing, nor does who grants its vote', () => {
    const voter = solo({ terms: [1, 1, 1], commit: 2, applied: 2 })
    voter.core.step(message({ ...ask, index: 2, logTerm: 1 }))
    expect(settleAlone(voter.core, voter.log)).toMatchObject([{ reject: true, commit: 0, commitTerm: 0 }])
    const granting = solo({ confState: learner, terms: [1, 1, 1], commit: 2, applied: 2 })
    granting.core.step(message({ ...ask, index: 3, logTerm: 1 }))
    expect(settleAlone(granting.core, granting.log)).toMatchObject([{ reject: false, commit: 0, commitTerm: 0 }])
  })

  test('who has no vote learns from the request, if its log has that entry', () => {
    for (const [commitTerm, commit] of [
      [1, 3],
      [2, 2],
      [0, 2],
    ] as const) {
      const { core } = solo({ confState: learner, terms: [1, 1, 1], commit: 2, applied: 2 })
      core.step(message({ ...ask, index: 9, logTerm: 2, commit: 3, commitTerm }))
      expect(core.status().commit).toBe(commit)
    }
  })

  test('who votes learns nothing from a request', () => {
    const { core } = solo({ terms: [1, 1, 1], commit: 2, applied: 2 })
    core.step(message({ ...ask, index: 9, logTerm: 2, commit: 3, commitTerm: 1 }))
    expect(core.status().commit).toBe(2)
  })

  const refusal = { type: 'pre_vote_response' as const, from: '2', to, term: 1, reject: true }

  test('a candidate goes on if what it learns changes nothing, and begins anew if it counts by the wrong peers', () => {
    for (const [type, role] of [
      ['normal', 'pre_candidate'],
      ['conf_change', 'follower'],
    ] as const) {
      const { core, log } = solo({ terms: [1, 1], commit: 1, applied: 1 })
      log.append([{ ...entry(2, 1, '+4'), type }])
      core.campaign()
      settleAlone(core, log)
      core.step(message({ ...refusal, commit: 2, commitTerm: 1 }))
      expect(core.status()).toMatchObject({ role, commit: 2 })
    }
  })

  test('a refusal that comes late, to who leads or awaits a snapshot, is nothing to it', () => {
    const leader = solo({ terms: [1, 1], commit: 1, applied: 1 })
    leader.log.append([{ ...entry(2, 1, '+4'), type: 'conf_change' }])
    elect(leader.core, leader.log, '2')
    leader.core.step(message({ ...refusal, type: 'vote_response', term: 2, commit: 2, commitTerm: 1 }))
    expect(leader.core.status()).toMatchObject({ role: 'leader', commit: 1 })
    const { core } = solo()
    const snapshot = { index: 9, term: 2, confState: votersOf('1', '2', '3') }
    core.step(message({ type: 'snapshot', from: '3', to, term: 2, snapshot }))
    core.step(message({ type: 'append', from: '3', to, term: 2, index: 9, logTerm: 2, entries: [entry(10, 2)] }))
    core.step(message({ ...refusal, term: 2, commit: 10, commitTerm: 2 }))
    expect(core.status()).toMatchObject({ role: 'follower', leader: '3', commit: 9 })
  })

  test('a candidate does not take what its log does not have', () => {
    const { core, log } = solo({ terms: [1, 1], commit: 1, applied: 1 })
    core.campaign()
    settleAlone(core, log)
    for (const told of [
      { commit: 2, commitTerm: 2 },
      { commit: 9, commitTerm: 1 },
    ]) {
      core.step(message({ ...refusal, ...told }))
      expect(core.status().commit).toBe(1)
    }
  })
})
