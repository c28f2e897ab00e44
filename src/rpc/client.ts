import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { CallOptions } from './call-options.ts'
import { ClientMethod } from './client-method.ts'
import type { RpcChannel } from './channel.ts'

/**
 * How one method is called. Requests are inits. A failed call rejects or throws with `TrivetError` or `RemoteError`
 * (`error-from-status.ts`). A streamed answer begins with the first `next()`; leaving its loop cancels the call.
 */
export type CallMethod<Method> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageInitShape<Input>, options?: CallOptions) => Promise<MessageShape<Output>>
    : Method extends DescMethodServerStreaming<infer Input, infer Output>
      ? (request: MessageInitShape<Input>, options?: CallOptions) => AsyncIterable<MessageShape<Output>>
      : Method extends DescMethodClientStreaming<infer Input, infer Output>
        ? (requests: AsyncIterable<MessageInitShape<Input>>, options?: CallOptions) => Promise<MessageShape<Output>>
        : Method extends DescMethodBiDiStreaming<infer Input, infer Output>
          ? (
              requests: AsyncIterable<MessageInitShape<Input>>,
              options?: CallOptions,
            ) => AsyncIterable<MessageShape<Output>>
          : never

/** All methods of a service, under their names with a small first letter. */
export type ServiceClient<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: CallMethod<Service['method'][Name]>
}

/** A typed client of one service over one channel. It holds nothing: make as many as you like. */
export function createClient<Service extends DescService>(
  service: Service,
  channel: RpcChannel,
): ServiceClient<Service> {
  const methods = service.methods.map((method) => [method.localName, callerOf(method, channel)])
  return Object.fromEntries(methods) as ServiceClient<Service>
}

function callerOf(method: DescMethod, channel: RpcChannel): unknown {
  const caller = new ClientMethod(method, channel)
  switch (method.methodKind) {
    case 'unary':
      return caller.unary.bind(caller)
    case 'server_streaming':
      return caller.serverStream.bind(caller)
    case 'client_streaming':
      return caller.clientStream.bind(caller)
    case 'bidi_streaming':
      return caller.bidi.bind(caller)
  }
}
