import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ConfChangeSchema, ConfTransition } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import {
  bootstrapChange,
  configurationOf,
  confStateOf,
  decodeConfiguration,
  encodeConfiguration,
  UnknownConfChangeError,
} from './configuration.ts'
import { peers } from './store-fixture.ts'

test('every initial peer makes the same bytes, whatever the order of its list', () => {
  expect(bootstrapChange(peers.toReversed())).toEqual(bootstrapChange(peers))
})

test('entry 1 makes all initial peers voters, and the record beside the log says the same', () => {
  const configuration = configurationOf({ index: 1, data: bootstrapChange(peers) })
  const ids = peers.map((peer) => peer.id).sort()
  expect(confStateOf(configuration)).toEqual({
    voters: ids,
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  })
  expect(decodeConfiguration(encodeConfiguration(configuration))).toEqual(configuration)
})

test('a flipped bit in the record is found', () => {
  const record = encodeConfiguration(configurationOf({ index: 1, data: bootstrapChange(peers) }))
  record[12]! ^= 4
  expect(decodeConfiguration(record)).toBeUndefined()
})

test('a change that this release does not know stops the peer, it is never skipped', () => {
  expect(() => configurationOf({ index: 2, data: bootstrapChange(peers) })).toThrow(UnknownConfChangeError)
  const joint = toBinary(ConfChangeSchema, create(ConfChangeSchema, { transition: ConfTransition.UNSPECIFIED }))
  expect(() => configurationOf({ index: 1, data: joint })).toThrow(UnknownConfChangeError)
})
