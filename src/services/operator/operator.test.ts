import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ReportPeerRequestSchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { given } from '../../state/testing/given.ts'
import { peerUrls } from '../boot/render/peer-urls.ts'
import { allTables } from '../testing/all-tables.ts'
import { reportPeer } from './rules/report-peer.ts'
import { peers } from './tables.ts'

const facts = {
  id: 'a',
  name: 'peer-a',
  nodeUrl: 'http://127.0.0.1:7402',
  apiAddress: '127.0.0.1:7400',
  adminAddress: '',
  release: '0.1.0',
}

test('a peer that says the same again changes nothing, so that scripts stay the same bytes', () => {
  const state = given(allTables)
  const report = (more: Partial<typeof facts> = {}) =>
    state.run(reportPeer, create(ReportPeerRequestSchema, { ...facts, ...more }))
  report()
  const { revision } = state.only(peers)
  report()
  expect(state.only(peers).revision).toBe(revision)
  for (const change of [{ name: 'b' }, { nodeUrl: '' }, { apiAddress: 'c' }, { adminAddress: 'd' }, { release: 'e' }]) {
    report(change)
    expect(state.only(peers).value).toMatchObject(change)
    report()
  }
})

test('nodes are told of the peers in the order of their ids, and of none that they cannot reach', () => {
  const state = given(allTables)
  for (const [id, nodeUrl] of [
    ['c', 'http://c'],
    ['a', 'http://a'],
    ['b', ''],
  ] as const) {
    state.run(reportPeer, create(ReportPeerRequestSchema, { ...facts, id, nodeUrl }))
  }
  expect(peerUrls(state)).toEqual(['http://a', 'http://c'])
})
