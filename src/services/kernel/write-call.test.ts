import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isTrivetError, trivetError } from '../../lib/errors.ts'
import { uuid7TimeMs } from '../../lib/uuid7.ts'
import { Refused } from '../../state/refused.ts'
import { NotLeader } from '../../state/not-leader.ts'
import { given } from '../../state/testing/given.ts'
import { inventory } from '../inventory/service.ts'
import { groups } from '../inventory/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import { FakePeers } from './testing/fake-peers.ts'
import { leaderlessMsMax, writeTimeoutMsMax } from './write-call.ts'

const requestId = '019a0000-0000-7000-8000-000000000001'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Three peers that are connected; b leads. */
function threePeers(): FakePeers {
  const peers = new FakePeers(given(allTables), ['a', 'b', 'c'], [inventory])
  for (const [one, other] of [
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'c'],
  ] as const) {
    peers.mend(one, other)
  }
  peers.lead('b')
  return peers
}

/** How a call ends, without an unhandled rejection while timers run. */
function outcomeOf(call: Promise<unknown>) {
  const outcome: { error?: unknown; value?: unknown; isOver: boolean } = { isOver: false }
  void call.then(
    (value) => Object.assign(outcome, { value, isOver: true }),
    (error: unknown) => Object.assign(outcome, { error, isOver: true }),
  )
  return outcome
}

const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

describe('a write', () => {
  test('at the leader is evaluated there and passes no wire', async () => {
    const peers = threePeers()
    const { answer } = await peers.peer('b').call('createGroup', { name: 'compute' })
    expect(answer).toMatchObject({ group: { name: 'compute' } })
    expect(peers.relayed).toEqual([])
  })

  test('at another peer is brought to the leader, and answered when this peer has applied it', async () => {
    const peers = threePeers()
    const applied = Promise.withResolvers<void>()
    const whenRevision = vi.fn(() => applied.promise)
    peers.peer('a').whenRevision = whenRevision
    const outcome = outcomeOf(
      peers.peer('a').call('createGroup', { name: 'compute', write: { requestId, reason: 'why' } }),
    )
    await turn()
    expect(peers.state.only(groups).value.name).toBe('compute')
    expect(peers.sent('request')).toMatchObject([
      { requestId, retry: false, reason: 'why', principal: 'anonymous@loopback', sourceAddress: '127.0.0.1:45678' },
    ])
    expect(whenRevision).toHaveBeenCalledWith(peers.state.revision, expect.anything())
    expect(outcome.isOver).toBe(false)
    applied.resolve()
    await turn()
    expect(outcome.value).toMatchObject({ answer: { group: { name: 'compute' } } })
  })

  test('that met a peer which does not lead goes on to the one that does, with the same id and not as a retry', async () => {
    const peers = threePeers()
    peers.leader = 'c'
    peers.peer('c').submit = () => {
      peers.leader = 'b'
      return Promise.reject(new NotLeader('b'))
    }
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute', write: { requestId } }))
    await turn(100)
    expect(outcome.value).toBeDefined()
    expect(peers.sent('request').map(({ requestId: id, retry }) => ({ id, retry }))).toEqual([
      { id: requestId, retry: false },
      { id: requestId, retry: false },
    ])
  })

  test.each(['its connection breaks', 'another peer leads'])(
    'whose leader is lost while it waits, because %s, is tried again with the same id, as a retry',
    async (how) => {
      const peers = threePeers()
      peers.peer('b').submit = () => new Promise(() => undefined)
      const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute', write: { requestId } }))
      await turn()
      if (how === 'its connection breaks') peers.cut('a', 'b')
      peers.lead('c')
      await turn(100)
      expect(outcome.value).toBeDefined()
      const [first, second] = peers.sent('request')
      expect(second).toMatchObject({ requestId, retry: true, requestDigest: first!.requestDigest })
      // As long as the first one can be told, it is called off.
      expect(peers.sent('cancel')).toHaveLength(how === 'another peer leads' ? 1 : 0)
    },
  )

  test('that was carried out, but is not applied here in time, is of unknown outcome', async () => {
    const peers = threePeers()
    peers.peer('a').whenRevision = (_revision, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('late')), { once: true })
      })
    const call = peers.peer('a').call('createGroup', { name: 'compute', write: { requestId } }, { timeoutMs: 1_000 })
    const outcome = outcomeOf(call)
    await turn(1_100)
    expect(outcome.error).toMatchObject({ code: 'OUTCOME_UNKNOWN', params: { requestId } })
  })

  test('without a leader ends with NO_LEADER when its time is over: nothing was done', async () => {
    const peers = threePeers()
    peers.leader = ''
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }, { timeoutMs: 2_000 }))
    await turn(1_999)
    expect(outcome.isOver).toBe(false)
    await turn(2)
    expect(outcome.error).toMatchObject({ code: 'NO_LEADER' })
  })

  test('never waits longer than a write may, whatever its caller says', async () => {
    const peers = threePeers()
    peers.peer('b').submit = () => Promise.reject(trivetError('OUTCOME_UNKNOWN', { requestId }))
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }))
    await turn(writeTimeoutMsMax - 1)
    expect(outcome.isOver).toBe(false)
    await turn(2)
    expect(outcome.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is told soon that no leader is known, and waits out an election before', async () => {
    const peers = threePeers()
    peers.leader = ''
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }))
    await turn(leaderlessMsMax - 1)
    expect(outcome.isOver).toBe(false)
    await turn(50)
    expect(outcome.error).toMatchObject({ code: 'NO_LEADER' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that was lost once ends with OUTCOME_UNKNOWN and its id when its time is over', async () => {
    const peers = threePeers()
    peers.peer('b').submit = () => Promise.reject(trivetError('OUTCOME_UNKNOWN', { requestId }))
    const call = peers.peer('a').call('createGroup', { name: 'compute', write: { requestId } }, { timeoutMs: 1_000 })
    const outcome = outcomeOf(call)
    await turn(1_100)
    expect(outcome.error).toMatchObject({ code: 'OUTCOME_UNKNOWN', params: { requestId } })
    expect(peers.sent('request').at(-1)).toMatchObject({ retry: true })
  })

  test('that its caller calls a retry is never told that nothing was done', async () => {
    const peers = threePeers()
    peers.leader = ''
    const write = { requestId, retry: true }
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute', write }, { timeoutMs: 500 }))
    await turn(600)
    expect(outcome.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  test.each(['a', 'b'])('at %s that finds the leader full is turned away at once', async (at) => {
    const peers = threePeers()
    const full = trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' })
    peers.peer('b').submit = () => Promise.reject(full)
    const outcome = outcomeOf(peers.peer(at).call('createGroup', { name: 'compute' }))
    await turn()
    expect(outcome.error).toMatchObject({ code: 'OVERLOADED' })
  })

  test.each(['a', 'b'])(
    'at %s that was lost and then finds the leader full goes on: the first try may have been carried out',
    async (at) => {
      const peers = threePeers()
      const answers = [
        trivetError('OUTCOME_UNKNOWN', { requestId }),
        trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' }),
      ]
      const { submit } = peers.peer('b')
      peers.peer('b').submit = (request) => {
        const error = answers.shift()
        return error === undefined ? submit(request) : Promise.reject(error)
      }
      const outcome = outcomeOf(peers.peer(at).call('createGroup', { name: 'compute', write: { requestId } }))
      await turn(200)
      expect(outcome.value).toMatchObject({ answer: { group: { name: 'compute' } } })
    },
  )

  test('whose time is over while it waits in the leader’s own queue was not carried out, and says so', async () => {
    const peers = threePeers()
    peers.peer('b').submit = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(trivetError('CANCELLED', {})), { once: true })
      })
    const outcomes = ['a', 'b'].map((at) =>
      outcomeOf(peers.peer(at).call('createGroup', { name: 'g' }, { timeoutMs: 500 })),
    )
    await turn(700)
    expect(outcomes[1]!.error).toMatchObject({ code: 'NO_LEADER' })
    // Another peer's leader may have proposed it before it was told to stop.
    expect(outcomes[0]!.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('a refusal', () => {
  test('is told only when this peer has applied what it stands on', async () => {
    const peers = threePeers()
    await peers.peer('b').call('createGroup', { name: 'compute' })
    const applied = Promise.withResolvers<void>()
    const whenRevision = vi.fn(() => applied.promise)
    peers.peer('a').whenRevision = whenRevision
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }))
    await turn()
    expect(whenRevision).toHaveBeenCalledWith(peers.state.revision, expect.anything())
    expect(outcome.isOver).toBe(false)
    applied.resolve()
    await turn()
    expect(outcome.error).toMatchObject({ code: 'GROUP_EXISTS', params: { group: 'compute' } })
    expect((outcome.error as Error).message).toBe('there is a group compute already, since revision 1')
  })

  test('that this peer cannot show in time is not told: the next read would contradict it', async () => {
    const peers = threePeers()
    await peers.peer('b').call('createGroup', { name: 'compute' })
    peers.peer('a').whenRevision = () => Promise.reject(new Error('late'))
    const first = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }))
    const retried = outcomeOf(
      peers.peer('a').call('createGroup', { name: 'compute', write: { requestId, retry: true } }),
    )
    await turn()
    expect(first.error).toMatchObject({ code: 'NOT_READY' })
    expect(retried.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  test('passes the wire with its violations', async () => {
    const peers = threePeers()
    const violations = [{ field: 'bmcs[0]', description: 'bad' }]
    peers.peer('b').submit = () =>
      Promise.reject(new Refused(trivetError('IMPORT_REFUSED', { total: 1, reason: 'x' }, { violations }), 7))
    const outcome = outcomeOf(peers.peer('a').call('importBmcs', { bmcs: [] }))
    await turn()
    expect(outcome.error).toMatchObject({ code: 'IMPORT_REFUSED', violations })
  })
})

describe('cancelling a write', () => {
  test('reaches the leader, which ends its wait', async () => {
    const peers = threePeers()
    const signals: AbortSignal[] = []
    peers.peer('b').submit = ({ signal }) => {
      signals.push(signal)
      return new Promise(() => undefined)
    }
    const caller = new AbortController()
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }, { signal: caller.signal }))
    await turn()
    expect(signals[0]!.aborted).toBe(false)
    caller.abort(trivetError('CANCELLED', {}))
    await turn()
    expect(signals[0]!.aborted).toBe(true)
    expect(outcome.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(vi.getTimerCount()).toBe(1)
  })

  test('before it left anywhere ends it as cancelled', async () => {
    const peers = threePeers()
    peers.leader = ''
    const caller = new AbortController()
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'compute' }, { signal: caller.signal }))
    await turn(50)
    caller.abort(trivetError('CANCELLED', {}))
    await turn()
    expect(isTrivetError(outcome.error, 'CANCELLED')).toBe(true)
  })
})

describe('the identity of a write', () => {
  test('is a digest that write options have no part in, and everything else has', async () => {
    const peers = threePeers()
    const digests = new Map<string, string>()
    const { submit } = peers.peer('b')
    peers.peer('b').submit = (request) => {
      digests.set(request.requestId, Buffer.from(request.digest).toString('hex'))
      return submit(request)
    }
    const id = (last: number) => `019a0000-0000-7000-8000-00000000000${last}`
    await peers.peer('b').call('createGroup', { name: 'g1', write: { requestId: id(1), reason: 'a' } })
    peers.peer('b').submit = (request) => {
      digests.set(request.requestId, Buffer.from(request.digest).toString('hex'))
      return Promise.resolve({ revision: 1, name: '', etag: '', replayed: true })
    }
    await peers.peer('b').call('createGroup', { name: 'g1', write: { requestId: id(2), reason: 'b', retry: true } })
    await peers.peer('b').call('createGroup', { name: 'g2', write: { requestId: id(3) } })
    expect(digests.get(id(1))).toBe(digests.get(id(2)))
    expect(digests.get(id(1))).not.toBe(digests.get(id(3)))
  })

  test('is another one for each call that brings none: the guarantee ends with that call (rule 17)', async () => {
    const peers = threePeers()
    const tries: { readonly requestId: string; readonly retry: boolean }[] = []
    peers.peer('b').submit = ({ requestId: id, retry }) => {
      tries.push({ requestId: id, retry })
      // The outcome of the first try is lost; within its call it is asked for again under the same id.
      if (tries.length === 1) return Promise.reject(trivetError('OUTCOME_UNKNOWN', { requestId: id }))
      return Promise.resolve({ revision: 1, name: '', etag: '', replayed: false })
    }
    const first = outcomeOf(peers.peer('b').call('createGroup', { name: 'g' }))
    await turn(1_000)
    expect(first.isOver).toBe(true)
    await peers.peer('b').call('createGroup', { name: 'g' })
    expect(tries.map(({ retry }) => retry)).toEqual([false, true, false])
    expect(tries[1]!.requestId).toBe(tries[0]!.requestId)
    expect(tries[2]!.requestId).not.toBe(tries[0]!.requestId)
  })

  test('is drawn by log time where the caller brings none, and kept in small letters where it does (rule 17)', async () => {
    const peers = threePeers()
    const ids: string[] = []
    peers.peer('b').submit = (request) => {
      ids.push(request.requestId)
      return Promise.resolve({ revision: 1, name: '', etag: '', replayed: false })
    }
    await peers.peer('b').call('createGroup', { name: 'g' })
    await peers.peer('b').call('createGroup', { name: 'g', write: { requestId: requestId.toUpperCase() } })
    expect(uuid7TimeMs(ids[0]!)).toBe(peers.state.logTimeMs)
    expect(ids[1]).toBe(requestId)
  })

  test('of a cluster that was restored since is refused where it arrives', async () => {
    const peers = threePeers()
    const outcome = outcomeOf(peers.peer('a').call('createGroup', { name: 'g', write: { incarnation: 'before' } }))
    await turn()
    expect(outcome.error).toMatchObject({ code: 'INCARNATION_MISMATCH' })
    expect(peers.relayed).toEqual([])
  })
})

test('a secret is sealed before it leaves the peer that took it, and the digest is of the secret, not of its seal', async () => {
  const peers = threePeers()
  const password = 'correct horse battery staple'
  const request = { pattern: '*', username: 'root', password }
  await peers.peer('a').call('setCredential', request)
  await peers.peer('a').call('setCredential', request)
  const clear = Buffer.from(password)
  for (const { payload } of peers.relayed) expect(Buffer.from(payload).includes(clear)).toBe(false)
  const [first, second] = peers.sent('request')
  expect(first!.requestDigest).toEqual(second!.requestDigest)
  expect(first!.request).not.toEqual(second!.request)
  expect(Buffer.from(JSON.stringify(peers.state.rows(groups))).includes(clear)).toBe(false)
})
