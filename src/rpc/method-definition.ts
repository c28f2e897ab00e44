import { fromBinary, toBinary, type DescMethod, type MessageShape } from '@bufbuild/protobuf'
import type { MethodDefinition } from '@grpc/grpc-js'

/**
 * The method as grpc-js wants it described: path, streaming flags, and the codec of its messages.
 * The serialisers take created messages (`create(schema, init)`), never plain objects; they throw on a value that the
 * schema cannot hold. Byte fields of a deserialised message are views of the received buffer: who keeps one longer
 * than the call copies it, else it pins the whole message.
 */
export function methodDefinition<Method extends DescMethod>(
  method: Method,
): MethodDefinition<MessageShape<Method['input']>, MessageShape<Method['output']>> {
  const { input, output } = method as DescMethod
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (message) => asBuffer(toBinary(input, message)),
    requestDeserialize: (bytes) => fromBinary(input, bytes) as MessageShape<Method['input']>,
    responseSerialize: (message) => asBuffer(toBinary(output, message)),
    responseDeserialize: (bytes) => fromBinary(output, bytes) as MessageShape<Method['output']>,
  }
}

/**
 * grpc-js is given bytes and gives bytes: the binding encodes and decodes. Were it to call the codec itself, a message
 * that cannot be encoded would leave as INTERNAL without a trace of what was wrong with it.
 */
export function passBytes(bytes: Buffer): Buffer {
  return bytes
}

/** A Buffer over the same memory; `Buffer.from(bytes)` would copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
