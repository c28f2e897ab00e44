import { describe, expect, test } from 'vitest'
import { drain, elect, entry, message, settleAlone, solo, votersOf } from './testing/solo.ts'
import { encodeText } from './testing/text.ts'
import type { Message, RawNode, SnapshotMetadata } from './types.ts'

const to = '1'

function named(index: number, term: number, confState = votersOf('1', '2', '3')): SnapshotMetadata {
  return { index, term, confState }
}

function give(core: RawNode, snapshot: SnapshotMetadata | undefined, term = 2): void {
  core.step(message({ type: 'snapshot', from: '2', to, term, snapshot }))
}

/** The write that installs a snapshot. */
function installation(core: RawNode): Message {
  const write = core.ready().messages.find(({ type }) => type === 'storage_append')
  expect(write?.snapshot).toBeDefined()
  return write!
}

function finish(core: RawNode, write: Message): void {
  for (const response of write.responses) if (response.to === to) core.step(response)
}

describe('who is given a snapshot', () => {
  test('is asked to install it durably, and answers only then', () => {
    const { core } = solo()
    give(core, named(9, 2))
    const ready = core.ready()
    expect(ready).toMatchObject({ snapshot: named(9, 2), mustSync: true, hardState: { term: 2, commit: 9 } })
    const [write] = ready.messages
    expect(write).toMatchObject({ type: 'storage_append', snapshot: named(9, 2), entries: [] })
    expect(write!.responses).toMatchObject([
      { type: 'append_response', to: '2', index: 9, reject: false },
      { type: 'storage_append_response', index: 0, logTerm: 0, snapshot: named(9, 2) },
    ])
    expect(core.status()).toMatchObject({ commit: 9, applied: 1, firstIndex: 10, lastIndex: 9 })
    expect(core.hasReady()).toBe(false)
    finish(core, write!)
    expect(core.status()).toMatchObject({ commit: 9, applied: 9 })
  })

  test('learns that it has all of it already, and keeps what stands behind', () => {
    const { core, log } = solo({ terms: [1, 1, 2, 2], commit: 1, applied: 1, term: 2 })
    give(core, named(3, 2))
    expect(settleAlone(core, log)).toMatchObject([{ type: 'append_response', index: 3 }])
    expect(core.status()).toMatchObject({ commit: 3, lastIndex: 4, firstIndex: 1 })
  })

  test('answers one that is stale with what it has committed', () => {
    const { core, log } = solo({ terms: [1, 1, 1] })
    give(core, named(2, 1))
    expect(settleAlone(core, log)).toMatchObject([{ type: 'append_response', index: 3 }])
    expect(core.status().firstIndex).toBe(1)
  })

  test('counts by its configuration once it is installed, and not before', () => {
    const { core } = solo()
    const joint = { ...votersOf('1', '4'), votersOutgoing: ['1', '2', '3'], learners: ['5'], autoLeave: true }
    give(core, named(9, 2, joint))
    const write = installation(core)
    expect(core.status().confState).toEqual(votersOf('1', '2', '3'))
    finish(core, write)
    expect(core.status().confState).toEqual(joint)
  })

  test('is not set back by the end of an older one', () => {
    const { core } = solo()
    give(core, named(9, 2))
    const first = installation(core)
    give(core, named(12, 2, votersOf('1', '2')))
    const second = installation(core)
    finish(core, second)
    finish(core, first)
    expect(core.status()).toMatchObject({ applied: 12, confState: votersOf('1', '2') })
  })

  test('does not hand over what stands behind it before it is installed', () => {
    const { core, log } = solo()
    give(core, named(9, 2))
    core.step(
      message({ type: 'append', from: '2', to, term: 2, index: 9, logTerm: 2, entries: [entry(10, 2)], commit: 10 }),
    )
    const write = installation(core)
    expect(write.entries.map(({ index }) => index)).toEqual([10])
    expect(core.status()).toMatchObject({ commit: 10, lastIndex: 10 })
    log.install(named(9, 2))
    log.append(write.entries)
    finish(core, write)
    const [apply] = drain(core)
    expect(apply?.entries.map(({ index }) => index)).toEqual([10])
  })
})

describe('a snapshot that must not be', () => {
  test('without a name', () => {
    expect(() => give(solo().core, undefined)).toThrow('a snapshot is named')
  })

  test('from the future of its leader', () => {
    expect(() => give(solo().core, named(9, 5))).toThrow('no snapshot is newer than its leader')
  })

  test('with numbers that are none, or with a configuration that is none', () => {
    expect(() => give(solo().core, named(1.5, 2))).toThrow('below 2^53')
    expect(() => give(solo().core, named(9, 0.5))).toThrow('below 2^53')
    expect(() => give(solo().core, named(9, 2, votersOf()))).toThrow('a configuration has a voter')
  })

  test('whose entries a leader writes over', () => {
    const { core } = solo()
    give(core, named(9, 2))
    core.step(message({ type: 'append', from: '2', to, term: 2, index: 8, logTerm: 2, entries: [entry(9, 2)] }))
    // It is committed, so the leader is told so and nothing is written.
    expect(installation(core).entries).toEqual([])
  })
})

describe('a leader whose log does not reach back far enough', () => {
  /** Leads term 2 with a log that begins behind `compacted`, and has heard of peer 3, whose log ends at 1. */
  function leading(compacted: number, snapshot: SnapshotMetadata | undefined) {
    const { core, log } = solo({ terms: [1, 1, 1, 1] })
    elect(core, log, '2')
    core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 5 }))
    settleAlone(core, log)
    if (snapshot !== undefined) {
      log.takeSnapshot(snapshot)
      log.compact(compacted)
    }
    const refuse = () => {
      core.step(
        message({ type: 'append_response', from: '3', to, term: 2, index: 4, reject: true, rejectHint: 1, logTerm: 1 }),
      )
      return settleAlone(core, log).filter((sent) => sent.to === '3')
    }
    return { core, log, refuse }
  }

  test('names its newest snapshot, which may reach further than the log begins', () => {
    const { core, refuse } = leading(3, named(5, 2))
    expect(refuse()).toMatchObject([{ type: 'snapshot', snapshot: named(5, 2), index: 0, logTerm: 0 }])
    const [, , third] = core.status().progress
    expect(third).toMatchObject({ id: '3', state: 'snapshot', next: 6, pendingSnapshot: 5, inflight: 0 })
  })

  test('sends nothing while there is no snapshot, and one as soon as the peer is heard of again', () => {
    const { core, log, refuse } = leading(3, named(5, 2))
    const given = log.snapshot.bind(log)
    log.snapshot = () => undefined
    expect(refuse()).toEqual([])
    log.snapshot = given
    core.step(message({ type: 'heartbeat_response', from: '3', to, term: 2 }))
    expect(settleAlone(core, log)).toMatchObject([{ type: 'snapshot', to: '3' }])
  })

  test('takes a snapshot that ends before its log begins for a defect', () => {
    const { log, refuse } = leading(3, named(5, 2))
    log.snapshot = () => named(2, 1)
    expect(refuse).toThrow('the newest snapshot reaches the beginning of the log')
  })

  test('goes on behind a snapshot that was delivered, and before one that was not', () => {
    for (const [delivered, next] of [
      [true, 6],
      [false, 1],
    ] as const) {
      const { core, refuse } = leading(3, named(5, 2))
      refuse()
      core.reportSnapshot('3', delivered)
      expect(core.status().progress[2]).toMatchObject({ state: 'probe', next, pendingSnapshot: 0 })
    }
  })

  test('sends all that came meanwhile once the peer has it', () => {
    const { core, log, refuse } = leading(5, named(5, 2))
    refuse()
    core.propose([encodeText('a')])
    core.propose([encodeText('b')])
    expect(settleAlone(core, log).filter((sent) => sent.to === '3')).toEqual([])
    core.step(message({ type: 'append_response', from: '3', to, term: 2, index: 5 }))
    expect(settleAlone(core, log)).toMatchObject([{ type: 'append', index: 5, entries: [{ index: 6 }, { index: 7 }] }])
    expect(core.status().progress[2]).toMatchObject({ state: 'replicate', match: 5, next: 8 })
  })
})
