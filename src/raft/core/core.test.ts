import { expect, test } from 'vitest'
import { SimCluster } from './testing/sim-cluster.ts'
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
