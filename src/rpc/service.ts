import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { CallContext } from './call-context.ts'

/**
 * The handler of one method. Answers are inits: the binding creates the message. What a handler throws becomes the
 * status of the call (`status.ts`); a handler of a stream ends when `call.signal` aborts.
 */
export type MethodImplementation<Method> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageShape<Input>, call: CallContext) => Promise<MessageInitShape<Output>>
    : Method extends DescMethodServerStreaming<infer Input, infer Output>
      ? (request: MessageShape<Input>, call: CallContext) => AsyncIterable<MessageInitShape<Output>>
      : Method extends DescMethodClientStreaming<infer Input, infer Output>
        ? (requests: AsyncIterable<MessageShape<Input>>, call: CallContext) => Promise<MessageInitShape<Output>>
        : Method extends DescMethodBiDiStreaming<infer Input, infer Output>
          ? (requests: AsyncIterable<MessageShape<Input>>, call: CallContext) => AsyncIterable<MessageInitShape<Output>>
          : never

/** A handler for every method of a service, under the method's name with a small first letter. */
export type ServiceImplementation<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: MethodImplementation<Service['method'][Name]>
}

/** A service with its handlers, ready to be served. Made by `service`, which has checked that they fit. */
export interface BoundService {
  readonly descriptor: DescService
  readonly implementation: Readonly<Record<string, UntypedImplementation>>
}

/** A handler whose types are forgotten. The binding calls it with what the method's kind and schemas say. */
export type UntypedImplementation = (
  request: Message | AsyncIterable<Message>,
  call: CallContext,
) => Promise<object> | AsyncIterable<object>

/** Puts a service and its handlers together; a missing or misshapen handler is a type error. */
export function service<Service extends DescService>(
  descriptor: Service,
  implementation: ServiceImplementation<Service>,
): BoundService {
  return { descriptor, implementation: implementation as unknown as BoundService['implementation'] }
}

/** True where the client sends a stream of requests. */
export function streamsRequests(method: DescMethod): boolean {
  return method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'
}

/** True where the server sends a stream of answers. */
export function streamsAnswers(method: DescMethod): boolean {
  return method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming'
}
