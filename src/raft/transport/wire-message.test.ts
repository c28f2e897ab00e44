import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EntryKind, MessageKind, MessageSchema, ReplicatedEntrySchema } from '../../gen/trivet/raft/v1/peer_pb.ts'
import type { Message, MessageType } from '../core/types.ts'
import { replicateFrames } from './frames.ts'
import { fromWire, toWire, WireError } from './wire-message.ts'

const stream = { from: 'a'.repeat(16), to: 'b'.repeat(16) }
const wireTypes: MessageType[] = [
  'append',
  'append_response',
  'vote',
  'vote_response',
  'pre_vote',
  'pre_vote_response',
  'heartbeat',
  'heartbeat_response',
  'read_index',
  'read_index_response',
  'timeout_now',
]
const localTypes: MessageType[] = [
  'hup',
  'beat',
  'check_quorum',
  'propose',
  'unreachable',
  'snapshot',
  'storage_append',
  'storage_append_response',
  'storage_apply',
  'storage_apply_response',
]

const message: fc.Arbitrary<Message> = fc
  .record({
    type: fc.constantFrom(...wireTypes),
    term: fc.maxSafeNat(),
    logTerm: fc.maxSafeNat(),
    index: fc.nat(),
    commit: fc.maxSafeNat(),
    commitTerm: fc.maxSafeNat(),
    reject: fc.boolean(),
    rejectHint: fc.maxSafeNat(),
    context: fc.string(),
    entries: fc.array(
      fc.record({
        term: fc.maxSafeNat(),
        type: fc.constantFrom('normal' as const, 'conf_change' as const),
        data: fc.uint8Array({ maxLength: 50 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map((fields) => ({
    ...fields,
    ...stream,
    vote: '',
    snapshot: undefined,
    responses: [],
    entries: fields.entries.map((entry, at) => ({ ...entry, index: fields.index + 1 + at })),
  }))

test('every message arrives as it was sent', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const bytes = toBinary(MessageSchema, toWire(sent))
      expect(fromWire(fromBinary(MessageSchema, bytes), stream)).toEqual(sent)
    }),
  )
})

test('a message that is local to a peer never leaves it', () => {
  const sent = fc.sample(message, 1)[0]!
  for (const type of localTypes) expect(() => toWire({ ...sent, type })).toThrow(`${type} never crosses the wire`)
})

test('entries with a hole never leave a peer: the receiver would move them', () => {
  const entries = [{ index: 9, term: 1, type: 'normal', data: new Uint8Array() }] as const
  expect(() => toWire({ ...fc.sample(message, 1)[0]!, index: 7, entries })).toThrow('entry 9 stands where entry 8')
})

test.each([
  ['of an unknown kind', create(MessageSchema, { kind: 99 as MessageKind })],
  ['without a kind', create(MessageSchema)],
  [
    'with an entry of an unknown kind',
    create(MessageSchema, {
      kind: MessageKind.APPEND,
      entries: [create(ReplicatedEntrySchema, { kind: 9 as EntryKind })],
    }),
  ],
  ['with a term beyond 2^53', create(MessageSchema, { kind: MessageKind.VOTE, term: 2n ** 53n })],
])('a message %s is refused', (_, wire) => {
  expect(() => fromWire(wire, stream)).toThrow(WireError)
})

test('bytes that are no frame are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        replicateFrames.decode(bytes, stream)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }),
  )
})
