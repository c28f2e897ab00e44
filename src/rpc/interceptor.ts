import type { Message } from '@bufbuild/protobuf'
import type { CallContext } from './call-context.ts'

/** One call on its way to its handler. `request` is a stream where the method's kind says so. */
export interface Invocation {
  readonly call: CallContext
  readonly request: Message | AsyncIterable<Message>
}

/** Answers one call: with a message, or with a stream where the method's kind says so. */
export type Invoke = (invocation: Invocation) => Promise<Message | AsyncIterable<Message>>

/**
 * Stands around every handler of a server: it may refuse the call by throwing, change what goes in or out, or watch.
 * The first interceptor of a list is the outermost. A streamed answer is produced after `next` has resolved; who wants
 * to know its end wraps the iterable.
 */
export type Interceptor = (next: Invoke) => Invoke

/** True for a stream of messages; a message has no iterator. */
export function isStream(value: Message | AsyncIterable<Message>): value is AsyncIterable<Message> {
  return Symbol.asyncIterator in value
}
