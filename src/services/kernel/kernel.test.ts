import { expect, test, vi } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { WatchChangesRequestSchema } from '../../gen/trivet/change/v1/change_pb.ts'
import { PresenceService } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { CallContext } from '../../rpc/call-context.ts'
import { given } from '../../state/testing/given.ts'
import { boot } from '../boot/service.ts'
import { change } from '../change/service.ts'
import { inventory } from '../inventory/service.ts'
import { nodes } from '../inventory/tables.ts'
import { presence } from '../operator/presence.ts'
import { operator } from '../operator/service.ts'
import { peers as peerTable } from '../operator/tables.ts'
import { sessionService } from '../session/service.ts'
import { allTables } from '../testing/all-tables.ts'
import { node } from '../testing/fixtures.ts'
import { outcomeRevisionTrailer, revisionTrailer } from './kernel.ts'
import { encode } from './leader-link.ts'
import { FakePeers, fakeCall } from './testing/fake-peers.ts'

const status = operator({ list: () => Promise.resolve({}), status: () => Promise.resolve({ peer: { id: 'a' } }) })
const services = [inventory, boot, change, sessionService, status, presence]

function onePeer() {
  const peers = new FakePeers(given(allTables, node('x1000c0s0b0n0')), ['a'], services)
  peers.lead('a')
  return { peers, peer: peers.peer('a') }
}

const revisionOf = ({ responseTrailers }: CallContext) => responseTrailers.get(revisionTrailer)[0]

test('a read is answered after a round with the leader that began after it', async () => {
  const { peer } = onePeer()
  const order: string[] = []
  peer.linearizable = () => {
    order.push('round')
    return Promise.resolve({ ok: true })
  }
  const { answer } = await peer.call('getNode', { node: 'x1000c0s0b0n0' })
  expect(answer).toMatchObject({ node: { xname: 'x1000c0s0b0n0' } })
  expect(order).toEqual(['round'])
})

test('a read that cannot be confirmed is not answered from what may be old', async () => {
  const { peer } = onePeer()
  const asked = vi.fn(() => Promise.resolve({ ok: false }))
  peer.linearizable = asked
  await expect(peer.call('getNode', { node: 'x1000c0s0b0n0' }, { timeoutMs: 700 })).rejects.toMatchObject({
    code: 'NO_LEADER',
  })
  const [[waitMs] = [0]] = asked.mock.calls as unknown as [number][]
  expect(waitMs).toBeGreaterThan(600)
  expect(waitMs).toBeLessThanOrEqual(700)
})

test.each(['getNode', 'createNode', 'listNodes'])(
  'a peer that is not ready says so, whatever is asked: %s',
  async (name) => {
    const { peer } = onePeer()
    peer.requireReady = () => {
      throw trivetError('NOT_READY', { reason: 'it starts' })
    }
    await expect(peer.call(name, {})).rejects.toMatchObject({ code: 'NOT_READY' })
  },
)

test('a peer answers questions about itself, ready or not, leader or not', async () => {
  const { peers, peer } = onePeer()
  peers.leader = ''
  peer.linearizable = () => Promise.resolve({ ok: false })
  peer.requireReady = () => {
    throw trivetError('NOT_READY', { reason: 'it starts' })
  }
  expect((await peer.call('getPeerStatus', {})).answer).toMatchObject({ peer: { id: 'a' } })
})

test('every answer says the revision that this peer has applied; refusals do, too', async () => {
  const { peers, peer } = onePeer()
  expect(revisionOf((await peer.call('getNode', { node: 'x1000c0s0b0n0' })).call)).toBe('1')
  expect(revisionOf((await peer.call('createGroup', { name: 'g' })).call)).toBe('2')
  for (const [name, request] of [
    ['getNode', { node: 'nobody' }],
    ['createGroup', { name: 'g' }],
  ] as const) {
    const error = await peer.call(name, request).then(
      () => undefined,
      (refused: { readonly call: CallContext }) => refused,
    )
    expect(revisionOf(error!.call)).toBe(`${peers.state.revision}`)
  }
})

test('a write says the revision of its outcome, however much is applied since; a refusal the one that it stands on', async () => {
  const { peer } = onePeer()
  const outcomeOf = ({ responseTrailers }: CallContext) => responseTrailers.get(outcomeRevisionTrailer)[0]
  const { submit } = peer
  peer.submit = async (request) => {
    const answer = await submit(request)
    peer.submit = submit
    await peer.call('createGroup', { name: 'another' })
    return answer
  }
  const { call } = await peer.call('createGroup', { name: 'g' })
  expect([outcomeOf(call), revisionOf(call)]).toEqual(['2', '3'])
  const refusal = (request: Record<string, unknown>) =>
    peer.call('createGroup', request).then(
      () => undefined,
      (refused: { readonly call: CallContext }) => outcomeOf(refused.call),
    )
  expect(await refusal({ name: 'g' })).toBe('3')
  // This one is not evaluated, and stands on nothing.
  peer.submit = () => Promise.reject(trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' }))
  expect(await refusal({ name: 'h' })).toBeUndefined()
})

test('what is wrong by itself is refused where it arrives, before anything is asked of the leader', async () => {
  const { peer } = onePeer()
  const submit = vi.fn(peer.submit)
  peer.submit = submit
  const request = { name: 'rc', userData: '#cloud-config\n\tusers: []\n' }
  await expect(peer.call('createRuntimeConfiguration', request)).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' })
  await expect(peer.call('setCredential', { pattern: '@compute' })).rejects.toMatchObject({
    code: 'CREDENTIAL_PATTERN_INVALID',
  })
  expect(submit).not.toHaveBeenCalled()
})

test.each(['getNode', 'createGroup'])('%s needs a permission', async (name) => {
  const { peer } = onePeer()
  peer.authorise = (principal, { name: method }) => {
    throw trivetError('INVALID_REQUEST', { reason: `${principal} may not ${method}` })
  }
  await expect(peer.call(name, { node: 'x1000c0s0b0n0', name: 'g' })).rejects.toThrow(/anonymous@loopback may not/)
})

test('a watch needs a permission and a ready peer, like a read', async () => {
  const { peer, peers } = onePeer()
  const { descriptor } = peers.method('watchChanges')
  const watch = () => {
    const answers = peer.kernel.bind(change).implementation['watchChanges']!(
      create(WatchChangesRequestSchema),
      fakeCall(descriptor),
    )
    return (answers as AsyncIterable<object>)[Symbol.asyncIterator]().next()
  }
  expect(await watch()).toMatchObject({ done: true })
  peer.authorise = () => {
    throw trivetError('INVALID_REQUEST', { reason: 'no' })
  }
  await expect(watch()).rejects.toThrow('no')
  peer.requireReady = () => {
    throw trivetError('NOT_READY', { reason: 'it starts' })
  }
  await expect(watch()).rejects.toMatchObject({ code: 'NOT_READY' })
})

test('the answer of a write about something that is gone by now is empty, not an error', async () => {
  const { peers, peer } = onePeer()
  const { submit } = peer
  peer.submit = async (request) => {
    const answer = await submit(request)
    if (request.method.endsWith('UpdateNode')) {
      peers.state
        .as({})
        .run(
          (read) => [...read.all(nodes)].map((stored) => ({ kind: 'remove', table: nodes, key: stored.key })),
          undefined,
        )
    }
    return answer
  }
  expect((await peer.call('updateNode', { node: 'x1000c0s0b0n0', hostname: 'a' })).answer).toEqual({})
})

test('a write of the peer’s own goes the same way, under its own name, and ends with its time', async () => {
  const { peers, peer } = onePeer()
  const { submit } = peer
  const principals: string[] = []
  peer.submit = (request) => {
    principals.push(request.principal)
    return submit(request)
  }
  const report = { id: 'a', nodeUrl: 'http://127.0.0.1:7402' }
  await peer.kernel.ownWrite(PresenceService.method.reportPeer, report, 1_000)
  expect(principals).toEqual(['peer'])
  expect(peers.state.only(peerTable).value.nodeUrl).toBe(report.nodeUrl)
  peers.leader = ''
  const lost = peer.kernel.ownWrite(PresenceService.method.reportPeer, { ...report, nodeUrl: 'b' }, 20)
  await expect(lost).rejects.toMatchObject({ code: 'NO_LEADER' })
})

test('the hashes of another peer’s state are passed on to whoever compares them', () => {
  const { peer } = onePeer()
  peer.kernel.relayed('b', encode({ case: 'stateHashes', value: {} }))
  expect(peer.hashes).toMatchObject([{ from: 'b' }])
})
