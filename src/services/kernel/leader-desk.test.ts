import { create, toBinary } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CreateGroupRequestSchema } from '../../gen/trivet/inventory/v1/groups_pb.ts'
import type { ForwardAnswer, ForwardRequestSchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import { given } from '../../state/testing/given.ts'
import { inventory } from '../inventory/service.ts'
import { allTables } from '../testing/all-tables.ts'
import { deskTimeoutMsMax } from './leader-desk.ts'
import { encode } from './leader-link.ts'
import { FakePeers } from './testing/fake-peers.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A leader, and what it answered to a peer that speaks to it in bytes. */
function leader() {
  const peers = new FakePeers(given(allTables), ['a', 'b'], [inventory])
  peers.mend('a', 'b')
  peers.lead('b')
  const desk = peers.peer('b')
  const forward = (request: Partial<MessageInitShape<typeof ForwardRequestSchema>>) => {
    const message = create(CreateGroupRequestSchema, { name: 'compute' })
    const value = {
      call: 1n,
      senderRun: 'run',
      method: 'trivet.inventory.v1.InventoryService/CreateGroup',
      request: toBinary(CreateGroupRequestSchema, message),
      principal: 'ann',
      requestId: '019a0000-0000-7000-8000-000000000001',
      timeoutMs: 1_000,
      ...request,
    }
    desk.kernel.relayed('a', encode({ case: 'request', value: value as MessageInitShape<typeof ForwardRequestSchema> }))
  }
  const answers = (): readonly ForwardAnswer[] => peers.sent('answer')
  return { peers, desk, forward, answers }
}

const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

test('a request of another peer is evaluated under the principal that it names, and answered to that call', async () => {
  const { desk, forward, answers } = leader()
  const authorise = vi.fn()
  desk.authorise = authorise
  forward({ call: 7n })
  await turn()
  expect(authorise).toHaveBeenCalledWith('ann', expect.objectContaining({ name: 'CreateGroup' }))
  expect(answers()).toMatchObject([
    { call: 7n, senderRun: 'run', outcome: { case: 'success', value: { revision: 1n } } },
  ])
})

test('a principal that may not call the method is refused by the leader, and nothing is written', async () => {
  const { desk, forward, answers, peers } = leader()
  desk.authorise = () => {
    throw trivetError('CANCELLED', {})
  }
  forward({})
  await turn()
  expect(answers()[0]!.outcome.case).toBe('refusal')
  expect(peers.state.revision).toBe(0)
})

test('the same call that comes twice is carried out once', async () => {
  const { desk, forward, answers } = leader()
  const submit = vi.fn(desk.submit)
  desk.submit = submit
  forward({})
  forward({})
  await turn()
  expect(submit).toHaveBeenCalledTimes(1)
  expect(answers()).toHaveLength(1)
})

test('a call of another process of the same peer with the same number is another call', async () => {
  const { desk, forward } = leader()
  const submit = vi.fn(() => new Promise<never>(() => undefined))
  desk.submit = submit
  forward({ senderRun: 'one' })
  forward({ senderRun: 'two' })
  await turn()
  expect(submit).toHaveBeenCalledTimes(2)
})

test('a peer that does not lead says who does', async () => {
  const { peers, forward, answers } = leader()
  peers.leader = 'a'
  forward({})
  await turn()
  expect(answers()[0]!.outcome).toMatchObject({ case: 'notLeader', value: { leaderId: 'a' } })
})

test('a method of a newer release is refused with its name', async () => {
  const { forward, answers } = leader()
  forward({ method: 'trivet.inventory.v1.InventoryService/Levitate' })
  await turn()
  expect(answers()[0]!.outcome).toMatchObject({ case: 'refusal', value: { code: 'METHOD_UNKNOWN', revision: 0n } })
})

test('a field of a newer release is refused, never dropped', async () => {
  const { peers, forward, answers } = leader()
  const message = toBinary(CreateGroupRequestSchema, create(CreateGroupRequestSchema, { name: 'compute' }))
  // Field 77, a varint.
  forward({ request: Uint8Array.from([...message, 0xe8, 0x04, 0x01]) })
  await turn()
  expect(answers()[0]!.outcome).toMatchObject({
    case: 'refusal',
    value: { code: 'FIELD_UNKNOWN', params: { fields: '77' } },
  })
  expect(peers.state.revision).toBe(0)
})

test('a defect of a rule is told to the log of the leader, and to nobody else', async () => {
  const { desk, forward, answers } = leader()
  const defect = new TypeError('the secret is 42')
  desk.submit = () => Promise.reject(defect)
  forward({})
  await turn()
  expect(desk.defects).toEqual([defect])
  const { outcome } = answers()[0]!
  expect(outcome).toMatchObject({ case: 'refusal', value: { code: 'INTERNAL', status: 'INTERNAL' } })
  expect(
    JSON.stringify(outcome.value, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  ).not.toContain('42')
})

test.each(['its time is over', 'it is called off', 'the connection breaks'])(
  'a call ends its wait when %s',
  async (how) => {
    const { peers, desk, forward } = leader()
    let signal: AbortSignal | undefined
    desk.submit = (request) => {
      signal = request.signal
      return new Promise(() => undefined)
    }
    forward({ timeoutMs: 1_000 })
    await turn(999)
    expect(signal!.aborted).toBe(false)
    if (how === 'its time is over') await turn(1)
    if (how === 'it is called off') {
      desk.kernel.relayed('a', encode({ case: 'cancel', value: { call: 1n, senderRun: 'another' } }))
      expect(signal!.aborted).toBe(false)
      desk.kernel.relayed('a', encode({ case: 'cancel', value: { call: 1n, senderRun: 'run' } }))
    }
    if (how === 'the connection breaks') peers.cut('a', 'b')
    expect(signal!.aborted).toBe(true)
  },
)

test('a peer that would wait for ever, or for more than a timer holds, does not', async () => {
  const { desk, forward } = leader()
  const signals: AbortSignal[] = []
  desk.submit = (request) => {
    signals.push(request.signal)
    return new Promise(() => undefined)
  }
  forward({ timeoutMs: 2 ** 32 - 1 })
  await turn(deskTimeoutMsMax - 1)
  expect(signals[0]!.aborted).toBe(false)
  await turn(1)
  expect(signals[0]!.aborted).toBe(true)
})

test('bytes that are no message, and messages of a newer release, harm nobody', async () => {
  const { desk, answers } = leader()
  desk.kernel.relayed('a', Uint8Array.from([0x0a, 0xff]))
  expect(desk.defects).toHaveLength(1)
  // Field 99 of a relay, which this release does not know.
  desk.kernel.relayed('a', Uint8Array.from([0x9a, 0x06, 0x00]))
  await turn()
  expect(desk.defects).toHaveLength(1)
  expect(answers()).toEqual([])
})
