import { describe, expect, test } from 'vitest'
import { elect, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import { encodeText } from './testing/text.ts'
import type { ConfState, PeerId } from './types.ts'

const to = '1'
const joint: ConfState = { ...votersOf('1', '2', '3'), votersOutgoing: ['1', '4', '5'] }

function acknowledge(from: PeerId, term: number, index: number) {
  return message({ type: 'append_response', from, to, term, index })
}

describe('a joint configuration', () => {
  test('elects a leader with a majority of both halves only', () => {
    const { core, log } = solo({ confState: joint })
    elect(core, log, '2', '3')
    expect(core.status().role).toBe('pre_candidate')
    elect(core, log, '2', '4')
    expect(core.status().role).toBe('leader')
  })

  test('commits with a majority of both halves only', () => {
    const { core, log } = solo({ confState: joint })
    elect(core, log, '2', '4')
    core.step(acknowledge('2', 2, 2))
    core.step(acknowledge('3', 2, 2))
    expect(core.status().commit).toBe(1)
    core.step(acknowledge('5', 2, 2))
    expect(core.status().commit).toBe(2)
  })

  test('confirms reads by a majority of both halves only', () => {
    const { core, log } = solo({ confState: joint })
    elect(core, log, '2', '4')
    core.step(acknowledge('2', 2, 2))
    core.step(acknowledge('4', 2, 2))
    settleAlone(core, log)
    core.readIndex('a')
    const [heartbeat] = core.ready().messages
    const answer = (from: PeerId) =>
      core.step(message({ type: 'heartbeat_response', from, to, term: 2, context: heartbeat!.context }))
    answer('2')
    answer('3')
    expect(core.ready().readStates).toEqual([])
    answer('4')
    expect(core.ready().readStates).toEqual([{ index: 2, context: 'a', leader: '1', term: 2 }])
  })
})

describe('a new configuration', () => {
  test('commits at once what its smaller quorum already has, and tells the others', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.applyConfState(votersOf('1'))
    expect(core.status().commit).toBe(2)
    core.applyConfState(votersOf('1', '2'))
    expect(core.status().progress.map(({ id }) => id)).toEqual(['1', '2'])
  })

  test('answers the reads that its smaller quorum has already confirmed', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.step(acknowledge('2', 2, 2))
    settleAlone(core, log)
    core.readIndex('a')
    core.ready()
    core.applyConfState(votersOf('1'))
    expect(core.ready().readStates.map(({ context }) => context)).toEqual(['a'])
  })

  test('sends a new peer what it lacks, without waiting for a heartbeat', () => {
    const { core, log } = solo({ confState: votersOf('1') })
    elect(core, log)
    core.applyConfState({ ...votersOf('1'), learners: ['7'] })
    expect(core.status().progress).toMatchObject([{ id: '1' }, { id: '7', learner: true, state: 'probe', next: 3 }])
    core.propose([encodeText('x')])
    expect(settleAlone(core, log)).toMatchObject([{ type: 'append', to: '7', index: 2 }])
    // A learner is sent everything and counts for nothing.
    expect(core.status().commit).toBe(3)
  })

  test('without its leader among the voters makes it step down, and it takes no more proposals', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.applyConfState(votersOf('2', '3'))
    expect(core.status()).toMatchObject({ role: 'follower', leader: '' })
    expect(core.propose([encodeText('x')])).toBe('not_leader')
    core.campaign()
    for (let tick = 0; tick < 50; tick++) core.tick()
    expect(core.status().role).toBe('follower')
  })

  test('takes the right to lead from a candidate while its votes come in', () => {
    const { core, log } = solo()
    core.campaign()
    settleAlone(core, log)
    core.applyConfState({ ...votersOf('2', '3'), learners: ['1'] })
    core.step(message({ type: 'pre_vote_response', from: '2', to, term: 2 }))
    expect(core.status()).toMatchObject({ role: 'follower', term: 1 })
  })

  test('keeps the progress of the peers that stay', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.step(acknowledge('2', 2, 2))
    core.applyConfState(votersOf('1', '2', '4'))
    expect(core.status().progress).toMatchObject([
      { id: '1', match: 2 },
      { id: '2', match: 2, state: 'replicate' },
      { id: '4', match: 0, state: 'probe' },
    ])
  })

  test('is a copy: what the caller does with its own afterwards is nothing to the core', () => {
    const { core } = solo()
    const voters = ['1', '2']
    core.applyConfState(votersOf(...voters))
    const mine = { ...votersOf(), voters }
    core.applyConfState(mine)
    voters.push('9')
    expect(core.status().confState.voters).toEqual(['1', '2'])
  })

  test('is refused when it has no voter', () => {
    const { core } = solo()
    expect(() => core.applyConfState(votersOf())).toThrow('a configuration has a voter')
  })
})

test('a peer that is not in the configuration neither campaigns nor counts', () => {
  const { core, log } = solo({ id: '9' })
  for (let tick = 0; tick < 50; tick++) core.tick()
  core.campaign()
  expect(settleAlone(core, log)).toEqual([])
  expect(core.status().role).toBe('follower')
})
