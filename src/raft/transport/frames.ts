import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf'
import {
  MessageBatchSchema,
  RelayRequestSchema,
  RelayResponseSchema,
  ReplicateRequestSchema,
  ReplicateResponseSchema,
  SnapshotRequestSchema,
  SnapshotResponseSchema,
  type Hello,
} from '../../gen/trivet/raft/v1/peer_pb.ts'
import type { Message, PeerId } from '../core/types.ts'
import type { SnapshotFrame } from './snapshot-frame.ts'
import { fromWire, numberOf, toWire, WireError } from './wire-message.ts'

/** What a frame holds: the hello that opens a stream, or what the stream is for. */
export type Frame<Content> =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'content'; readonly content: Content }

/** The frames of one kind of stream, as bytes. */
export interface FrameCodec<Content> {
  /** The full path of the method. */
  readonly path: string
  encodeHello(hello: Hello): Buffer
  encode(content: Content): Buffer
  /** Throws `WireError` on bytes that are no frame of this stream. */
  decode(bytes: Uint8Array, stream: { readonly from: PeerId; readonly to: PeerId }): Frame<Content>
  /** The frame with which the accepting side answers. */
  encodeAnswer(hello: Hello): Buffer
  /** Throws `WireError`. */
  decodeAnswer(bytes: Uint8Array): Hello
}

/** Messages of the consensus. */
export const replicateFrames: FrameCodec<readonly Message[]> = {
  path: '/trivet.raft.v1.PeerService/Replicate',
  encodeHello: (hello) =>
    encode(ReplicateRequestSchema, create(ReplicateRequestSchema, { frame: { case: 'hello', value: hello } })),
  encode: (messages) => {
    const batch = create(MessageBatchSchema, { messages: messages.map((message) => toWire(message)) })
    return encode(ReplicateRequestSchema, create(ReplicateRequestSchema, { frame: { case: 'batch', value: batch } }))
  },
  decode: (bytes, stream) => {
    const { frame } = decode(ReplicateRequestSchema, bytes)
    if (frame.case === 'hello') return { kind: 'hello', hello: frame.value }
    if (frame.case !== 'batch') throw new WireError('a frame with nothing in it')
    return { kind: 'content', content: frame.value.messages.map((message) => fromWire(message, stream)) }
  },
  encodeAnswer: (hello) => encode(ReplicateResponseSchema, create(ReplicateResponseSchema, { hello })),
  decodeAnswer: (bytes) => helloOf(decode(ReplicateResponseSchema, bytes)),
}

/** Messages between main threads. A decoded payload is a view of the frame. */
export const relayFrames: FrameCodec<Uint8Array> = {
  path: '/trivet.raft.v1.PeerService/Relay',
  encodeHello: (hello) =>
    encode(RelayRequestSchema, create(RelayRequestSchema, { frame: { case: 'hello', value: hello } })),
  encode: (payload) =>
    encode(RelayRequestSchema, create(RelayRequestSchema, { frame: { case: 'payload', value: payload } })),
  decode: (bytes) => {
    const { frame } = decode(RelayRequestSchema, bytes)
    if (frame.case === 'hello') return { kind: 'hello', hello: frame.value }
    if (frame.case !== 'payload') throw new WireError('a frame with nothing in it')
    return { kind: 'content', content: frame.value }
  },
  encodeAnswer: (hello) => encode(RelayResponseSchema, create(RelayResponseSchema, { hello })),
  decodeAnswer: (bytes) => helloOf(decode(RelayResponseSchema, bytes)),
}

/** Snapshots and how far they have got. The data of a decoded chunk is a view of the frame. */
export const snapshotFrames: FrameCodec<SnapshotFrame> = {
  path: '/trivet.raft.v1.PeerService/Snapshot',
  encodeHello: (hello) =>
    encode(SnapshotRequestSchema, create(SnapshotRequestSchema, { frame: { case: 'hello', value: hello } })),
  encode: (content) => encode(SnapshotRequestSchema, create(SnapshotRequestSchema, { frame: wireOf(content) })),
  decode: (bytes) => {
    const { frame } = decode(SnapshotRequestSchema, bytes)
    switch (frame.case) {
      case 'hello':
        return { kind: 'hello', hello: frame.value }
      case 'offer': {
        const [index, term, sizeBytes] = [frame.value.index, frame.value.term, frame.value.sizeBytes].map(numberOf)
        return contentOf({ kind: 'offer', id: frame.value.id, index: index!, term: term!, sizeBytes: sizeBytes! })
      }
      case 'chunk': {
        const { id, position, checksum, data } = frame.value
        return contentOf({ kind: 'chunk', id, position: numberOf(position), checksum, data })
      }
      case 'progress': {
        const { id, durableBytes, refusal } = frame.value
        return contentOf({ kind: 'progress', id, durableBytes: numberOf(durableBytes), refusal })
      }
      default:
        throw new WireError('a frame with nothing in it')
    }
  },
  encodeAnswer: (hello) => encode(SnapshotResponseSchema, create(SnapshotResponseSchema, { hello })),
  decodeAnswer: (bytes) => helloOf(decode(SnapshotResponseSchema, bytes)),
}

function contentOf(frame: SnapshotFrame): Frame<SnapshotFrame> {
  return { kind: 'content', content: frame }
}

function wireOf(frame: SnapshotFrame): NonNullable<MessageInitShape<typeof SnapshotRequestSchema>['frame']> {
  switch (frame.kind) {
    case 'offer': {
      const { id, index, term, sizeBytes } = frame
      const value = { id, index: BigInt(index), term: BigInt(term), sizeBytes: BigInt(sizeBytes) }
      return { case: 'offer', value }
    }
    case 'chunk': {
      const { id, position, checksum, data } = frame
      return { case: 'chunk', value: { id, position: BigInt(position), checksum, data } }
    }
    case 'progress': {
      const { id, durableBytes, refusal } = frame
      return { case: 'progress', value: { id, durableBytes: BigInt(durableBytes), refusal } }
    }
  }
}

function encode<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Buffer {
  const bytes = toBinary(schema, message)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function decode<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes)
  } catch (error) {
    throw new WireError(`bytes that are no ${schema.name}`, { cause: error })
  }
}

function helloOf(answer: { readonly hello?: Hello | undefined }): Hello {
  if (answer.hello === undefined) throw new WireError('an answer without a hello')
  return answer.hello
}
