import { expect, test } from 'vitest'
import { Health } from '../rpc/health.ts'
import { ServingStatus } from './serving-status.ts'

function setUp() {
  const health = new Health()
  const peer = { ready: false, leads: false }
  const status = new ServingStatus(health, {
    ready: () => peer.ready,
    leads: () => peer.leads,
    services: ['trivet.inventory.v1.InventoryService'],
    always: ['trivet.operator.v1.OperatorService'],
  })
  const served = () =>
    ['', 'leader', 'trivet.inventory.v1.InventoryService', 'trivet.operator.v1.OperatorService'].map((name) =>
      health.get(name),
    )
  return { health, peer, status, served }
}

test('a peer that is not ready serves what is answered ready or not, and nothing else', () => {
  const { served } = setUp()
  expect(served()).toEqual([false, false, false, true])
})

test('the peer and its services follow readiness, the leader leadership', () => {
  const { peer, status, served } = setUp()
  peer.ready = true
  status.refresh()
  expect(served()).toEqual([true, false, true, true])
  peer.leads = true
  status.refresh()
  expect(served()).toEqual([true, true, true, true])
  peer.ready = peer.leads = false
  status.refresh()
  expect(served()).toEqual([false, false, false, true])
})

test('a watcher is told each change once', async () => {
  const { health, peer, status } = setUp()
  const stop = new AbortController()
  const told: unknown[] = []
  const watching = (async () => {
    for await (const serving of health.watch('leader', stop.signal)) told.push(serving)
  })()
  const turn = () => new Promise(setImmediate)
  await turn()
  for (const leads of [false, true, true, false]) {
    peer.leads = leads
    status.refresh()
    await turn()
  }
  stop.abort()
  await watching
  expect(told).toEqual([false, true, false])
})

test('a server that stops is not served by a late refresh', () => {
  const { health, peer, status, served } = setUp()
  health.stop()
  peer.ready = peer.leads = true
  status.refresh()
  expect(served()).toEqual([false, false, false, false])
})
