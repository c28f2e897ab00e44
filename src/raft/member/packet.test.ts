import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCommand, writeCommand, type Command } from './command.ts'
import { readEvent, writeEvent, type Event } from './event.ts'
import { PacketReader } from './packet-reader.ts'
import { PacketWriter } from './packet-writer.ts'

const data = fc.uint8Array({ maxLength: 3000 })
const number = fc.maxSafeNat()

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('propose' as const),
    proposal: fc.record({ term: number, number, previous: number, data }),
  }),
  fc.record({ kind: fc.constant('read_index' as const), id: number, timeoutMs: number }),
  fc.record({ kind: fc.constant('applied' as const), index: number }),
  fc.record({ kind: fc.constant('relay' as const), to: fc.string(), payload: data }),
  fc.record({ kind: fc.constant('transfer_leader' as const), id: number, to: fc.string() }),
  fc.record({ kind: fc.constant('relays_taken' as const), bytes: number }),
  fc.record({ kind: fc.constant('status' as const), id: number }),
  fc.record({ kind: fc.constant('probe_answered' as const) }),
  fc.record({ kind: fc.constant('stop' as const) }),
  fc.record({ kind: fc.constant('listeners_closed' as const) }),
)

const entry = fc.record({
  index: number,
  term: number,
  type: fc.constantFrom('normal' as const, 'conf_change' as const),
  data,
})

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('leadership' as const),
    leadership: fc.record({
      term: number,
      role: fc.constantFrom('follower' as const, 'pre_candidate' as const, 'candidate' as const, 'leader' as const),
      leader: fc.string(),
      firstIndex: number,
    }),
  }),
  fc.record({ kind: fc.constant('committed' as const), entries: fc.array(entry, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('refused' as const),
    term: number,
    number,
    reason: fc.constantFrom('term' as const, 'gap' as const, 'full' as const, 'transfer' as const),
  }),
  fc.record({ kind: fc.constant('relayed' as const), from: fc.string(), payload: data }),
  fc.record({ kind: fc.constant('connection' as const), peer: fc.string(), connected: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('damaged' as const, 'repairing' as const, 'dying' as const), reason: fc.string() }),
  fc.record({
    kind: fc.constant('read_answered' as const),
    id: number,
    answer: fc.oneof(
      fc.record({ ok: fc.constant(true as const), index: number, leader: fc.string(), term: number }),
      fc.record({
        ok: fc.constant(false as const),
        reason: fc.constantFrom('timeout' as const, 'stopped' as const, 'damaged' as const),
      }),
    ),
  }),
  fc.record({ kind: fc.constant('started' as const), address: fc.string() }),
  fc.record({ kind: fc.constant('probe' as const) }),
  fc.record({ kind: fc.constant('stopped' as const) }),
)

test('commands and events arrive as they were sent, any number of them in one packet', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 20 }), fc.array(event, { maxLength: 20 }), (commands, events) => {
      const writer = new PacketWriter()
      for (const sent of commands) writeCommand(writer, sent)
      for (const sent of events) writeEvent(writer, sent)
      const reader = new PacketReader(writer.take())
      expect(commands.map(() => readCommand(reader))).toEqual(commands)
      expect(events.map(() => readEvent(reader))).toEqual(events)
      expect(reader.hasMore).toBe(false)
      expect(writer.sizeBytes).toBe(0)
    }),
  )
})

test('the data of a proposal does not pin its packet, for the log keeps it', () => {
  const writer = new PacketWriter()
  writeCommand(writer, { kind: 'propose', proposal: { term: 1, number: 1, previous: 0, data: Uint8Array.of(1, 2) } })
  const packet = writer.take()
  const read = readCommand(new PacketReader(packet))
  expect(read.kind === 'propose' && read.proposal.data.buffer).not.toBe(packet.buffer)
})

test('a packet that is none is a defect, not silence', () => {
  expect(() => readCommand(new PacketReader(Uint8Array.of(99)))).toThrow('no command has the code 99')
  expect(() => readEvent(new PacketReader(Uint8Array.of(99)))).toThrow('no event has the code 99')
  expect(() => new PacketReader(new Uint8Array(4)).number()).toThrow(RangeError)
})
