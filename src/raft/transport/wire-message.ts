import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  EntryKind,
  MessageKind,
  MessageSchema,
  ReplicatedEntrySchema,
  type Message as WireMessage,
} from '../../gen/trivet/raft/v1/peer_pb.ts'
import type { Entry, EntryType, Message, MessageType, PeerId } from '../core/types.ts'

/** Kinds of message that cross the wire; the others are local to a peer. */
const kinds = {
  append: MessageKind.APPEND,
  append_response: MessageKind.APPEND_RESPONSE,
  vote: MessageKind.VOTE,
  vote_response: MessageKind.VOTE_RESPONSE,
  pre_vote: MessageKind.PRE_VOTE,
  pre_vote_response: MessageKind.PRE_VOTE_RESPONSE,
  heartbeat: MessageKind.HEARTBEAT,
  heartbeat_response: MessageKind.HEARTBEAT_RESPONSE,
  read_index: MessageKind.READ_INDEX,
  read_index_response: MessageKind.READ_INDEX_RESPONSE,
  timeout_now: MessageKind.TIMEOUT_NOW,
} as const satisfies Partial<Record<MessageType, MessageKind>>

const types = new Map<MessageKind, keyof typeof kinds>(
  Object.entries(kinds).map(([type, kind]) => [kind, type as keyof typeof kinds]),
)

const entryKinds: Record<EntryType, EntryKind> = { normal: EntryKind.NORMAL, conf_change: EntryKind.CONF_CHANGE }
const entryTypes = new Map<EntryKind, EntryType>(
  Object.entries(entryKinds).map(([type, kind]) => [kind, type as EntryType]),
)

/** A message of another peer that is not what the protocol allows. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** Puts a message into the form in which it crosses the wire. Throws on one that must never leave this peer. */
export function toWire(message: Message): WireMessage {
  const kind = message.type in kinds ? kinds[message.type as keyof typeof kinds] : undefined
  if (kind === undefined) throw new Error(`${message.type} never crosses the wire`)
  const wire: MessageInitShape<typeof MessageSchema> = {
    kind,
    term: BigInt(message.term),
    logTerm: BigInt(message.logTerm),
    index: BigInt(message.index),
    commit: BigInt(message.commit),
    commitTerm: BigInt(message.commitTerm),
    reject: message.reject,
    rejectHint: BigInt(message.rejectHint),
    context: message.context,
    entries: message.entries.map((entry, at) => entryToWire(entry, message.index + 1 + at)),
  }
  return create(MessageSchema, wire)
}

function entryToWire(entry: Entry, index: number) {
  // The receiver counts the indexes on from the message's, so a hole here would move entries there.
  if (entry.index !== index) throw new Error(`entry ${entry.index} stands where entry ${index} belongs`)
  return create(ReplicatedEntrySchema, {
    term: BigInt(entry.term),
    kind: entryKinds[entry.type],
    data: entry.data,
  })
}

/**
 * Takes a message as it came from a peer. The data of its entries is copied: the log keeps it for long, and a view
 * would pin the whole frame. Throws `WireError`.
 */
export function fromWire(wire: WireMessage, stream: { readonly from: PeerId; readonly to: PeerId }): Message {
  const type = types.get(wire.kind)
  if (type === undefined) throw new WireError(`a message of the unknown kind ${wire.kind}`)
  const index = numberOf(wire.index)
  return {
    type,
    from: stream.from,
    to: stream.to,
    term: numberOf(wire.term),
    logTerm: numberOf(wire.logTerm),
    index,
    entries: wire.entries.map((entry, at) => ({
      term: numberOf(entry.term),
      index: index + 1 + at,
      type: entryTypeOf(entry.kind),
      data: entry.data.slice(),
    })),
    commit: numberOf(wire.commit),
    commitTerm: numberOf(wire.commitTerm),
    vote: '',
    reject: wire.reject,
    rejectHint: numberOf(wire.rejectHint),
    context: wire.context,
    snapshot: undefined,
    responses: [],
  }
}

function entryTypeOf(kind: EntryKind): EntryType {
  const type = entryTypes.get(kind)
  // An entry that is not understood must never be skipped.
  if (type === undefined) throw new WireError(`an entry of the unknown kind ${kind}`)
  return type
}

/** Throws `WireError` for what is too large for a number. */
export function numberOf(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new WireError(`${value} is too large for a term or an index`)
  return Number(value)
}
