import { expect, test } from 'vitest'
import { uncommittedEntriesMax } from './limits.ts'
import { confChangeOf } from './testing/conf-text.ts'
import { SimCluster } from './testing/sim-cluster.ts'
import { elect, message, settleAlone, solo } from './testing/solo.ts'
import { decodeText, encodeText } from './testing/text.ts'

function started(count: number): SimCluster {
  const voters = Array.from({ length: count }, (_, at) => `${at + 1}`)
  const cluster = new SimCluster({ voters })
  for (const id of voters) cluster.start(id)
  cluster.settle()
  return cluster
}

test('three peers elect the one that campaigns, replicate, commit and apply the same entries', () => {
  const cluster = started(3)
  cluster.peer('2').core.campaign()
  cluster.settle()
  expect(cluster.up().map((peer) => peer.status.role)).toEqual(['follower', 'leader', 'follower'])
  expect(cluster.peer('2').core.propose([encodeText('x'), encodeText('y')])).toBeUndefined()
  cluster.settle()
  for (const peer of cluster.up())
    expect(peer.applied.map((entry) => decodeText(entry.data)).slice(2)).toEqual(['x', 'y'])
})

test('advance has no work: with asynchronous storage writes the responses of the local targets do it', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  core.propose([encodeText('x')])
  const before = core.status()
  core.ready()
  core.advance()
  expect(core.status()).toEqual(before)
  expect(core.hasReady()).toBe(false)
})

test('entries that have hardly any bytes have a limit too', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  const many = Array.from({ length: uncommittedEntriesMax - 1 }, () => new Uint8Array(0))
  expect(core.propose(many)).toBe(undefined)
  expect(core.status().lastIndex - core.status().commit).toBe(uncommittedEntriesMax)
  expect(core.propose([new Uint8Array(0)])).toBe('too_much_uncommitted')
})

test('the status of a leader names what is under way, that of a follower nothing', () => {
  const { core, log } = solo()
  expect(core.status()).toMatchObject({ transferee: '', pendingConfIndex: 0, progress: [], firstIndex: 1 })
  elect(core, log, '2')
  expect(core.status()).toMatchObject({ role: 'leader', pendingConfIndex: 1 })
  core.step(message({ type: 'append_response', from: '2', to: '1', term: 2, index: 2 }))
  settleAlone(core, log)
  core.proposeConfChange(confChangeOf('~4'), encodeText('~4'))
  core.transferLeader('3')
  expect(core.status()).toMatchObject({ transferee: '3', pendingConfIndex: 3 })
})
