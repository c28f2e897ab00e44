import { expect, test } from 'vitest'
import { SimCluster } from './testing/sim-cluster.ts'

const text = (data: Uint8Array) => new TextDecoder().decode(data)
const bytes = (data: string) => new TextEncoder().encode(data)

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
  expect(cluster.peer('2').core.propose([bytes('x'), bytes('y')])).toBeUndefined()
  cluster.settle()
  for (const peer of cluster.up()) expect(peer.applied.map((entry) => text(entry.data)).slice(2)).toEqual(['x', 'y'])
})
