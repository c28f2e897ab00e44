import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfChangeKind, ConfChangeSchema, ConfTransition } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { bootstrapChange, encodeConfChange, UnknownConfChangeError } from './conf-change-entry.ts'
import {
  configurationAfter,
  confStateOf,
  decodeConfiguration,
  emptyConfiguration,
  encodeConfiguration,
} from './configuration.ts'
import { ConfigurationHistory } from './configuration-history.ts'
import { peers } from './store-fixture.ts'

const first = configurationAfter(emptyConfiguration, { index: 1, data: bootstrapChange(peers) })
const ids = peers.map((peer) => peer.id).sort()
const fourth = { id: 'd'.repeat(16), name: 'd', address: '127.0.0.1:7409' }
const replace = encodeConfChange({
  transition: 'joint_implicit',
  steps: [
    { kind: 'add_voter', peer: fourth },
    { kind: 'remove', peer: peers[0]! },
  ],
})
const nothing = new Uint8Array(0)

test('every initial peer makes the same bytes, whatever the order of its list', () => {
  expect(bootstrapChange(peers.toReversed())).toEqual(bootstrapChange(peers))
})

test('the bytes of entry 1 are what they always were', () => {
  const one = { id: '0123456789abcdef', name: 'a', address: 'h:1' }
  expect(Buffer.from(bootstrapChange([one])).toString('hex')).toBe(
    '0801121e0801121a0a10303132333435363738396162636465661201611a03683a31',
  )
})

test('entry 1 makes all initial peers voters, and the record beside the log says the same', () => {
  expect(confStateOf(first)).toEqual({
    voters: ids,
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  })
  expect(decodeConfiguration(encodeConfiguration(first))).toEqual(first)
})

test('a peer is replaced by way of a joint configuration, which knows the addresses of both until it is left', () => {
  const joint = configurationAfter(first, { index: 7, data: replace })
  expect(joint.peers.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd'])
  expect(joint).toMatchObject({ index: 7n, votersOutgoing: ids, autoLeave: true })
  const left = configurationAfter(joint, { index: 8, data: nothing })
  expect(left.peers.map(({ name }) => name).sort()).toEqual(['b', 'c', 'd'])
  expect(left).toMatchObject({ index: 8n, votersOutgoing: [], autoLeave: false })
  expect(left.voters).toEqual([...ids.filter((id) => id !== peers[0]!.id), fourth.id].sort())
})

test('a peer that is named again has its new address, and its old part', () => {
  const moved = { ...peers[1]!, address: '127.0.0.1:9999' }
  const data = encodeConfChange({ transition: 'auto', steps: [{ kind: 'add_voter', peer: moved }] })
  const after = configurationAfter(first, { index: 2, data })
  expect(after.voters).toEqual(ids)
  expect(after.peers.find(({ id }) => id === moved.id)).toMatchObject(moved)
})

test('a flipped bit in the record is found', () => {
  const record = encodeConfiguration(first)
  record[12]! ^= 4
  expect(decodeConfiguration(record)).toBeUndefined()
})

const wire = (init: MessageInitShape<typeof ConfChangeSchema>) =>
  toBinary(ConfChangeSchema, create(ConfChangeSchema, init))

test.each([
  ['a second first configuration', 2, bootstrapChange(peers)],
  ['a first one that is none', 1, replace],
  [
    'somebody who is removed by the first one',
    1,
    wire({
      transition: ConfTransition.BOOTSTRAP,
      steps: [
        { kind: ConfChangeKind.ADD_VOTER, peer: fourth },
        { kind: ConfChangeKind.REMOVE, peer: { id: fourth.id } },
      ],
    }),
  ],
  ['no transition', 2, wire({ transition: ConfTransition.UNSPECIFIED })],
  ['a transition of a newer release', 2, wire({ transition: 99 as ConfTransition })],
  [
    'a step of a newer release',
    2,
    wire({ transition: ConfTransition.AUTO, steps: [{ kind: 99 as ConfChangeKind, peer: fourth }] }),
  ],
  ['a step for nobody', 2, wire({ transition: ConfTransition.AUTO, steps: [{ kind: ConfChangeKind.ADD_VOTER }] })],
  ['a field of a newer release', 2, Buffer.concat([replace, Buffer.from([0x7a, 1, 1])])],
  ['the end of a joint configuration where none is', 2, nothing],
  [
    'nobody left who votes',
    2,
    encodeConfChange({ transition: 'joint_implicit', steps: peers.map((peer) => ({ kind: 'remove', peer })) }),
  ],
])('%s stops the peer, it is never skipped', (_, index, data) => {
  const before = index === 1 ? emptyConfiguration : first
  expect(() => configurationAfter(before, { index, data })).toThrow(UnknownConfChangeError)
})

test('a log knows its configuration at every index, after any cut of its beginning and any loss of its end', () => {
  const entry = (index: number, data: Uint8Array) => ({ index, term: 1, type: 'conf_change' as const, data })
  const learn = encodeConfChange({ transition: 'auto', steps: [{ kind: 'add_learner', peer: peers[0]! }] })
  const changes = [entry(1, bootstrapChange(peers)), entry(4, replace), entry(6, nothing), entry(9, learn)]
  const whole = new ConfigurationHistory(emptyConfiguration)
  for (const change of changes) whole.append(change)
  const index = fc.integer({ min: 1, max: 12 })
  fc.assert(
    fc.property(index, index, index, (cut, lost, asked) => {
      const history = new ConfigurationHistory(emptyConfiguration)
      for (const change of changes) history.append(change)
      history.truncateFrom(lost)
      history.truncateTo(Math.min(cut, lost - 1))
      for (const change of changes) if (change.index >= lost) history.append(change)
      const at = Math.max(asked, Math.min(cut, lost - 1))
      expect(history.at(at)).toEqual(whole.at(at))
    }),
  )
})

test('an entry of a newer release that is not asked for stops nobody', () => {
  const history = new ConfigurationHistory(first)
  history.append({ index: 5, term: 1, type: 'conf_change', data: wire({ transition: 99 as ConfTransition }) })
  expect(history.at(4)).toEqual(first)
  expect(() => history.at(5)).toThrow(UnknownConfChangeError)
  history.truncateFrom(5)
  expect(history.at(9)).toEqual(first)
})
