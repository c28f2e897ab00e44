import { describe, expect, test } from 'vitest'
import { elect, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import { leaveJoint } from './conf-change.ts'
import { peersMax } from './limits.ts'
import { confChangeOf } from './testing/conf-text.ts'
import { encodeText } from './testing/text.ts'
import type { ConfState, PeerId, RawNode } from './types.ts'

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
    const { core, log } = solo({ confState: votersOf('1', '2') })
    elect(core, log, '2')
    core.applyConfChange(confChangeOf('-2'))
    expect(core.status().commit).toBe(2)
    core.applyConfChange(confChangeOf('+2'))
    expect(core.status().progress.map(({ id }) => id)).toEqual(['1', '2'])
  })

  test('answers the reads that its smaller quorum has already confirmed', () => {
    const { core, log } = solo({ confState: votersOf('1', '2') })
    elect(core, log, '2')
    core.step(acknowledge('2', 2, 2))
    settleAlone(core, log)
    core.readIndex('a')
    core.ready()
    core.applyConfChange(confChangeOf('-2'))
    expect(core.ready().readStates.map(({ context }) => context)).toEqual(['a'])
  })

  test('sends a new peer what it lacks, without waiting for a heartbeat', () => {
    const { core, log } = solo({ confState: votersOf('1') })
    elect(core, log)
    core.applyConfChange(confChangeOf('~7'))
    expect(core.status().progress).toMatchObject([{ id: '1' }, { id: '7', learner: true, state: 'probe', next: 2 }])
    expect(settleAlone(core, log)).toMatchObject([{ type: 'append', to: '7', index: 1 }])
    core.propose([encodeText('x')])
    settleAlone(core, log)
    // A learner is sent everything and counts for nothing.
    expect(core.status().commit).toBe(3)
  })

  test('without its leader among the voters makes it step down, and it takes no more proposals', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.applyConfChange(confChangeOf('-1'))
    expect(core.status()).toMatchObject({ role: 'follower', leader: '' })
    expect(core.propose([encodeText('x')])).toBe('not_leader')
    expect(core.proposeConfChange(confChangeOf('+1'), encodeText('+1'))).toBe('not_leader')
    core.campaign()
    for (let tick = 0; tick < 50; tick++) core.tick()
    expect(core.status().role).toBe('follower')
  })

  test('that makes its leader a learner makes it step down too', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.applyConfChange(confChangeOf('~1'))
    expect(core.status()).toMatchObject({ role: 'follower', confState: { voters: ['2', '3'], learners: ['1'] } })
  })

  test('takes the right to lead from a candidate while its votes come in', () => {
    const { core, log } = solo()
    core.campaign()
    settleAlone(core, log)
    core.applyConfChange(confChangeOf('~1'))
    core.step(message({ type: 'pre_vote_response', from: '2', to, term: 2 }))
    expect(core.status()).toMatchObject({ role: 'follower', term: 1 })
  })

  test('keeps the progress of the peers that stay', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    core.step(acknowledge('2', 2, 2))
    core.applyConfChange(confChangeOf('-3'))
    core.applyConfChange(confChangeOf('+4'))
    expect(core.status().progress).toMatchObject([
      { id: '1', match: 2 },
      { id: '2', match: 2, state: 'replicate' },
      { id: '4', match: 0, state: 'probe' },
    ])
  })

  test('is a copy: what the caller does with its own afterwards is nothing to the core', () => {
    const voters = ['1', '2']
    const { core } = solo({ confState: { ...votersOf(), voters } })
    voters.push('9')
    expect(core.status().confState.voters).toEqual(['1', '2'])
  })
})

describe('a change of the configuration is refused', () => {
  const propose = (core: RawNode, change: string) => core.proposeConfChange(confChangeOf(change), encodeText(change))

  test('by who does not lead', () => {
    expect(propose(solo().core, '+4')).toBe('not_leader')
  })

  test('while an earlier one is not applied, and by a new leader until it knows that there is none', () => {
    const { core, log } = solo({ applied: 0 })
    core.step(message({ type: 'heartbeat', from: '2', to, term: 1 }))
    core.forgetLeader()
    elect(core, log, '2')
    expect(propose(core, '+4')).toBe(undefined)
    expect(propose(core, '+5')).toBe('conf_change_pending')
  })

  test('while leadership is handed over', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    expect(core.transferLeader('2')).toBe(undefined)
    expect(propose(core, '+4')).toBe('transferring')
  })

  test('when it would leave nobody to vote, or a joint configuration that there is not', () => {
    const { core, log } = solo({ confState: votersOf('1') })
    elect(core, log)
    expect(propose(core, '-1')).toBe('invalid_conf_change')
    expect(propose(core, 'bootstrap +4')).toBe('invalid_conf_change')
    expect(core.proposeConfChange(leaveJoint, new Uint8Array(0))).toBe('not_joint')
    expect(() => core.proposeConfChange(confChangeOf('+4'), new Uint8Array(0))).toThrow('without data leaves')
    expect(core.status().lastIndex).toBe(2)
  })

  test('beyond the limit of peers', () => {
    const ids = Array.from({ length: peersMax }, (_, at) => `${at + 10}`)
    const { core, log } = solo({ confState: { ...votersOf('1'), learners: ids.slice(1) } })
    elect(core, log)
    expect(propose(core, `~${ids[0]}`)).toBe('invalid_conf_change')
    expect(propose(core, `-${ids[1]}`)).toBe(undefined)
  })

  test('in a joint configuration, except to leave it', () => {
    const { core, log } = solo({ confState: joint })
    elect(core, log, '2', '4')
    expect(propose(core, '+6')).toBe('joint')
    expect(core.proposeConfChange(leaveJoint, encodeText('not kept'))).toBe(undefined)
    const written = core.ready().messages.find(({ type }) => type === 'storage_append')
    expect(written?.entries).toEqual([{ index: 3, term: 2, type: 'conf_change', data: new Uint8Array(0) }])
  })

  test('when too much is uncommitted', () => {
    const { core, log } = solo({ config: { maxUncommittedBytes: 10 } })
    elect(core, log, '2')
    core.propose([encodeText('0123456789')])
    expect(propose(core, '+4')).toBe('too_much_uncommitted')
  })
})

test('a peer that is not in the configuration neither campaigns nor counts', () => {
  const { core, log } = solo({ id: '9' })
  for (let tick = 0; tick < 50; tick++) core.tick()
  core.campaign()
  expect(settleAlone(core, log)).toEqual([])
  expect(core.status().role).toBe('follower')
})
