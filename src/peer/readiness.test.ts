import { expect, test } from 'vitest'
import type { PeerConditions } from './peer-readiness.ts'
import { peerReadiness } from './peer-readiness.ts'
import { Readiness, verboseChecks } from './readiness.ts'

test('conditions are asked each time, in the order in which they were added', () => {
  const readiness = new Readiness()
  let missing = 'nobody is there'
  readiness.add('leader', () => missing)
  readiness.add('disk', () => '')
  expect(readiness.checks()).toEqual([
    { name: 'leader', ok: false, reason: 'nobody is there' },
    { name: 'disk', ok: true, reason: '' },
  ])
  missing = ''
  expect(readiness.missing()).toBe('')
})

test('what is missing is told of all conditions, or of some', () => {
  const readiness = new Readiness()
  readiness.add('a', () => 'no a')
  readiness.add('b', () => 'no b')
  readiness.add('c', () => '')
  expect(readiness.missing()).toBe('no a; no b')
  expect(readiness.missing('b', 'c')).toBe('no b')
  expect(readiness.missing('c')).toBe('')
})

test('the text has the form that Kubernetes and etcd use', () => {
  const checks = [
    { name: 'running', ok: true, reason: '' },
    { name: 'leader', ok: false, reason: 'no leader is known' },
  ]
  expect(verboseChecks('readyz', checks)).toBe(
    '[+]running ok\n[-]leader failed: no leader is known\nreadyz check failed\n',
  )
  expect(verboseChecks('readyz', checks.slice(0, 1))).toBe('[+]running ok\nreadyz check passed\n')
})

const ready: PeerConditions = {
  stopping: () => false,
  damaged: () => '',
  repairing: () => '',
  disputed: () => '',
  storage: () => '',
  leader: () => 'p1',
  isConfirmed: () => true,
  nodesMissing: () => '',
}
const self = { id: 'p1', name: 'a' }
const three = ['a', 'b', 'c'].map((name, at) => ({ id: `p${at + 1}`, name, address: '' }))

test('a peer is ready when everything holds', () => {
  expect(peerReadiness({ self, peers: three }, ready).missing()).toBe('')
})

test.for([
  ['running', { stopping: () => true }, 'it is stopping'],
  ['undamaged', { damaged: () => 'the end of the log is lost' }, 'it is damaged: the end of the log is lost'],
  ['repaired', { repairing: () => 'its log lost entries' }, 'it is being repaired: its log lost entries'],
  ['agreement', { disputed: () => 'b and c differ' }, 'nothing can be written: b and c differ'],
  ['leader', { leader: () => '' }, 'no leader is known; the other peers are b, c'],
  ['caught-up', { isConfirmed: () => false }, 'it has not applied what the leader confirmed'],
  ['boot-listener', { nodesMissing: () => 'it does not listen for nodes yet' }, 'it does not listen for nodes yet'],
] as const)('without %s it is not, and says why', ([name, broken, reason]) => {
  const readiness = peerReadiness({ self, peers: three }, { ...ready, ...broken })
  expect(readiness.checks().filter(({ ok }) => !ok)).toEqual([{ name, ok: false, reason }])
})

test('a peer that stands alone has nobody to wait for', () => {
  const alone = peerReadiness({ self, peers: three.slice(0, 1) }, { ...ready, leader: () => '' })
  expect(alone.missing()).toBe('it does not lead yet')
})

test('a full disk is told, but does not make a peer unready: it still answers reads', () => {
  const readiness = peerReadiness({ self, peers: three }, { ...ready, storage: () => 'b: its disk has 1 MiB left' })
  expect(readiness.missing()).toBe('')
  const text = '[+]storage ok: only reads and deletions are taken: b: its disk has 1 MiB left'
  expect(verboseChecks('readyz', readiness.checks())).toContain(`${text}\n`)
})
