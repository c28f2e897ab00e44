import { describe, expect, test } from 'vitest'
import { CoreInvariantError } from './errors.ts'
import { drain, elect, entry, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import type { MessageType } from './types.ts'

const to = '1'

describe('what must never happen ends the process', () => {
  test('a second leader in one term, for a follower', () => {
    const { core } = solo()
    core.step(message({ type: 'heartbeat', from: '2', to, term: 2 }))
    expect(() => core.step(message({ type: 'heartbeat', from: '3', to, term: 2 }))).toThrow('a term has one leader')
  })

  test('a second leader in one term, for the first', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    const rival = message({ type: 'append', from: '3', to, term: 2, index: 1, logTerm: 1 })
    expect(() => core.step(rival)).toThrow('a term has one leader')
  })

  test('an acknowledgement of what its leader never sent', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    const answer = message({ type: 'append_response', from: '2', to, term: 2, index: 9 })
    expect(() => core.step(answer)).toThrow('nobody acknowledges what its leader has not sent')
  })

  test('an entry from the future of its leader, or a gap within a message', () => {
    const { core } = solo()
    const append = (entries: readonly ReturnType<typeof entry>[]) =>
      core.step(message({ type: 'append', from: '2', to, term: 2, index: 1, logTerm: 1, entries }))
    expect(() => append([entry(2, 3)])).toThrow('no entry is newer than its leader')
    expect(() => append([entry(2, 2), entry(4, 2)])).toThrow('the entries of a message follow each other')
  })

  test('a commit index that a follower was never given the entries for', () => {
    const { core } = solo()
    expect(() => core.step(message({ type: 'heartbeat', from: '2', to, term: 2, commit: 5 }))).toThrow(
      CoreInvariantError,
    )
  })

  test('numbers that JavaScript does not count exactly', () => {
    const { core } = solo()
    for (const term of [2 ** 53, -1, 1.5, Number.NaN]) {
      expect(() => core.step(message({ type: 'heartbeat', from: '2', to, term }))).toThrow('below 2^53')
    }
    expect(() => core.step(message({ type: 'heartbeat', from: '2', to, term: 2, commit: 2 ** 53 }))).toThrow('2^53')
    expect(() => core.step(message({ type: 'append', from: '2', to, term: 2, index: 2 ** 53 }))).toThrow('2^53')
  })

  test('a disk ahead of its core', () => {
    const { core } = solo()
    const response = message({ type: 'storage_append_response', from: 'append', to, term: 9, index: 1, logTerm: 1 })
    expect(() => core.step(response)).toThrow('the disk is not ahead of us')
  })

  test('a log with entries of a later term than the hard state', () => {
    expect(() => solo({ terms: [1, 5], term: 3 })).toThrow('no entry has a term above the current one')
  })
})

describe('what goes unheard', () => {
  test.for(['hup', 'beat', 'check_quorum', 'propose', 'unreachable', 'storage_append'] as MessageType[])(
    'a %s, which no peer sends',
    (type) => {
      const { core } = solo()
      core.step(message({ type, from: '2', to, term: 9 }))
      expect(core.status().term).toBe(1)
      expect(drain(core)).toEqual([])
    },
  )

  test('an answer of a peer that is not in the configuration, with its term', () => {
    const { core } = solo()
    core.step(message({ type: 'append_response', from: '9', to, term: 7 }))
    expect(core.status().term).toBe(1)
  })

  test('a message without a term', () => {
    const { core } = solo()
    core.step(message({ type: 'append', from: '2', to, entries: [entry(1, 0)] }))
    expect(drain(core)).toEqual([])
  })

  test('a vote for another campaign than the one under way', () => {
    const { core, log } = solo()
    core.campaign()
    settleAlone(core, log)
    core.step(message({ type: 'vote_response', from: '2', to, term: 1 }))
    expect(core.status().role).toBe('pre_candidate')
  })

  test('the end of applying nothing, and an answer to a read by who does not follow', () => {
    const { core, log } = solo()
    core.step(message({ type: 'storage_apply_response', from: 'apply', to }))
    elect(core, log, '2')
    core.step(message({ type: 'read_index_response', from: '2', to, term: 2, context: 'a' }))
    expect(core.hasReady()).toBe(false)
  })

  test('late answers to a leader, after it stepped down', () => {
    const { core, log } = solo()
    elect(core, log, '2')
    for (let tick = 0; tick < 30; tick++) core.tick()
    settleAlone(core, log)
    expect(core.status().role).toBe('pre_candidate')
    core.step(message({ type: 'heartbeat_response', from: '2', to, term: 2 }))
    core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 2 }))
    core.reportUnreachable('2')
    expect(core.status().commit).toBe(1)
    expect(core.status().progress).toEqual([])
  })
})

test('a vote that the old leader asked for goes through although that leader is alive', () => {
  const { core } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to, term: 2 }))
  drain(core)
  core.step(message({ type: 'vote', from: '3', to, term: 3, index: 1, logTerm: 1 }))
  expect(core.status()).toMatchObject({ term: 2, leader: '2' })
  core.step(message({ type: 'vote', from: '3', to, term: 3, index: 1, logTerm: 1, context: 'transfer' }))
  expect(core.status()).toMatchObject({ term: 3, vote: '3' })
})

test('a read needs a name, and a proposal something to propose', () => {
  const { core } = solo({ confState: votersOf('1') })
  expect(() => core.readIndex('')).toThrow('a read has a context')
  expect(() => core.propose([])).toThrow('something is proposed')
})

test('reads beyond the limit are dropped, as if their messages had been lost', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 2 }))
  for (let count = 0; count < 10_001; count++) core.readIndex(`read ${count}`)
  const round = settleAlone(core, log).find((sent) => sent.type === 'heartbeat')
  core.step(message({ type: 'heartbeat_response', from: '2', to, term: 2, context: round!.context }))
  expect(core.ready().readStates).toHaveLength(10_000)
})
