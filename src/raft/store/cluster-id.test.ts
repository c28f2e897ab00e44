import { expect, test } from 'vitest'
import { clusterIdOf, peerIdOf } from './cluster-id.ts'

const peers = [
  { name: 'a', address: '127.0.0.1:1' },
  { name: 'b', address: '127.0.0.1:2' },
]

test('peers that are started with the same list and token find the same ids, whatever the order', () => {
  const clusterId = clusterIdOf({ peers, token: 'x' })
  expect(clusterId).toMatch(/^[0-9a-f]{32}$/)
  expect(clusterIdOf({ peers: peers.toReversed(), token: 'x' })).toBe(clusterId)
  expect(peerIdOf({ clusterId, name: 'a' })).toMatch(/^[0-9a-f]{16}$/)
})

test('another token, name, address or number of peers makes another cluster', () => {
  const ids = [
    clusterIdOf({ peers, token: 'x' }),
    clusterIdOf({ peers, token: 'y' }),
    clusterIdOf({ peers: peers.slice(1), token: 'x' }),
    clusterIdOf({ peers: [peers[0]!, { name: 'c', address: '127.0.0.1:2' }], token: 'x' }),
    clusterIdOf({ peers: [peers[0]!, { name: 'b', address: '127.0.0.1:3' }], token: 'x' }),
    clusterIdOf({ peers: [{ name: 'a', address: '127.0.0.1:1b127.0.0.1:2' }], token: 'x' }),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})

test('the ids are the same in every release: a data directory would not open any more', () => {
  const clusterId = clusterIdOf({ peers, token: 'x' })
  expect({ clusterId, a: peerIdOf({ clusterId, name: 'a' }) }).toMatchInlineSnapshot(`
    {
      "a": "6d6890323f72b9df",
      "clusterId": "e27a70a6a059bd1901002aa0e5b4c3cb",
    }
  `)
})
