import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { create, type DescMethod, type Message } from '@bufbuild/protobuf'
import type {
  sendUnaryData,
  Server,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js'
import { TrivetError, trivetError } from '../lib/errors.ts'
import { ServedCall, type SurfaceCall } from './call-context.ts'
import { statusDetailsTrailer, statusOf, wireErrorFor } from './error-to-status.ts'
import { isStream, type Interceptor, type Invoke } from './interceptor.ts'
import { answerSizeBytesMax } from './limits.ts'
import { methodDefinition, passBytes } from './method-definition.ts'
import type { OpenStreams } from './open-streams.ts'
import { RemoteError } from './remote-error.ts'
import { streamsAnswers, streamsRequests, type BoundService, type UntypedImplementation } from './service.ts'
import { AbortRace, untilAborted } from './until-aborted.ts'

/** An error that is none of our catalogue: a mistake in our own code. The caller learns the request id only. */
export interface Defect {
  readonly error: unknown
  readonly requestId: string
  /** The path of the method. */
  readonly method: string
}

/** What surrounds the handlers of a server. */
export interface BindOptions {
  /** The first one is the outermost. */
  readonly interceptors: readonly Interceptor[]
  readonly onDefect: (defect: Defect) => void
  readonly openStreams: OpenStreams
}

/** Registers the handlers of a service with a grpc-js server. */
export function bindService(server: Server, bound: BoundService, options: BindOptions): void {
  for (const method of bound.descriptor.methods) {
    const handler = new MethodHandler(method, bound.implementation[method.localName]!, options)
    const { path } = handler.definition
    if (streamsAnswers(method)) {
      const type = streamsRequests(method) ? 'bidi' : 'serverStream'
      const serve = (call: AnswerSink): void => void handler.serveStream(call)
      server.register(path, serve, passBytes, passBytes, type)
    } else {
      const type = streamsRequests(method) ? 'clientStream' : 'unary'
      const serve = (call: RequestSource, respond: sendUnaryData<Buffer>): void =>
        void handler.serveUnary(call, respond)
      server.register(path, serve, passBytes, passBytes, type)
    }
  }
}

/** How long after the end of a stream of requests its cancellation may still arrive. */
const endOfRequestsMs = 5

/** Where grpc-js has the request: one message, or a stream of them. */
type RequestSource = ServerUnaryCall<Buffer, Buffer> | ServerReadableStream<Buffer, Buffer>

/** A call that takes a stream of answers. */
type AnswerSink = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

/** Serves the calls of one method. */
class MethodHandler {
  readonly definition: ReturnType<typeof methodDefinition<DescMethod>>
  readonly #method: DescMethod
  readonly #invoke: Invoke
  readonly #options: BindOptions

  constructor(method: DescMethod, implementation: UntypedImplementation, options: BindOptions) {
    this.definition = methodDefinition(method)
    this.#method = method
    this.#options = options
    this.#invoke = options.interceptors.reduceRight((next, wrap) => wrap(next), innermost(method, implementation))
  }

  /** Answers with one message. Never rejects. */
  async serveUnary(surface: RequestSource & SurfaceCall, respond: sendUnaryData<Buffer>): Promise<void> {
    const call = new ServedCall(this.#method, surface)
    if (streamsRequests(this.#method)) this.#options.openStreams.add(call)
    try {
      const answer = await this.#answer(call, surface)
      if (isStream(answer)) throw new TypeError('an interceptor made a stream of a unary answer')
      const bytes = this.#encoded(answer)
      call.end()
      call.sendHeaders()
      respond(null, bytes, call.responseTrailers)
    } catch (error) {
      call.end()
      respond(this.#failure(error, call))
    } finally {
      this.#options.openStreams.delete(call)
    }
  }

  /** Answers with a stream. Never rejects. */
  async serveStream(surface: AnswerSink): Promise<void> {
    const call = new ServedCall(this.#method, surface)
    this.#options.openStreams.add(call)
    try {
      const answer = await this.#answer(call, surface)
      if (!isStream(answer)) throw new TypeError('an interceptor made a message of a streamed answer')
      for await (const message of untilAborted(answer, call.signal)) {
        const bytes = this.#encoded(message)
        call.sendHeaders()
        // `false` means that 16 messages wait for the reader. `events.once` takes its listeners off again.
        if (!surface.write(bytes)) await once(surface, 'drain', { signal: call.signal })
      }
      call.end()
      surface.end(call.responseTrailers)
    } catch (error) {
      call.end()
      // grpc-js sends the status of an 'error' event behind the messages that are still queued, then ends the call.
      surface.emit('error', this.#failure(call.signal.aborted ? call.signal.reason : error, call))
    } finally {
      this.#options.openStreams.delete(call)
    }
  }

  async #answer(call: ServedCall, surface: RequestSource): Promise<Message | AsyncIterable<Message>> {
    const request = 'request' in surface ? this.#decoded(surface.request) : this.#requests(call, surface)
    if (!isStream(request)) call.takeRequestId(requestIdIn(request))
    const race = new AbortRace(call.signal)
    try {
      return await race.run(this.#invoke({ call, request }))
    } finally {
      race.release()
    }
  }

  /**
   * The requests of a streaming client. The stream is not destroyed when they end: a plain `for await` would do that,
   * and the client would wait for its answer for ever.
   * Node ends a stream that is cancelled as if it were complete and says so only then (END_STREAM, then RST_STREAM, in
   * two frames), so the end is believed after a pause. That is no proof: what must never act on half a stream of
   * requests marks the end of it in its messages.
   */
  async *#requests(call: ServedCall, surface: ServerReadableStream<Buffer, Buffer>): AsyncGenerator<Message> {
    const chunks = surface.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    for await (const bytes of untilAborted(chunks, call.signal)) yield this.#decoded(bytes)
    await setTimeout(endOfRequestsMs)
    call.signal.throwIfAborted()
  }

  #decoded(bytes: Buffer): Message {
    try {
      return this.definition.requestDeserialize(bytes)
    } catch (error) {
      const reason = `it is not a ${this.#method.input.typeName}`
      throw trivetError('INVALID_REQUEST', { reason }, { cause: error })
    }
  }

  #encoded(message: Message): Buffer {
    const bytes = this.definition.responseSerialize(message)
    if (bytes.byteLength <= answerSizeBytesMax) return bytes
    const what = `the answer of ${this.#method.name}`
    throw trivetError('MESSAGE_TOO_LARGE', { what, sizeBytes: bytes.byteLength, limitBytes: answerSizeBytesMax })
  }

  #failure(error: unknown, call: ServedCall): Error & { code: number } {
    if (!(error instanceof TrivetError) && !(error instanceof RemoteError)) {
      this.#options.onDefect({ error, requestId: call.requestId, method: this.definition.path })
    }
    const { code, details, detailsBin } = statusOf(wireErrorFor(error, call.requestId))
    const metadata = call.responseTrailers
    metadata.set(statusDetailsTrailer, detailsBin)
    return Object.assign(new Error(details), { code, details, metadata })
  }
}

/** The handler itself, behind all interceptors: what it answers becomes created messages. */
function innermost(method: DescMethod, implementation: UntypedImplementation): Invoke {
  const created = (init: object): Message => create(method.output, init as Record<string, unknown>)
  if (!streamsAnswers(method)) {
    return async ({ request, call }) => created(await (implementation(request, call) as Promise<object>))
  }
  async function* messages(inits: AsyncIterable<object>): AsyncGenerator<Message> {
    for await (const init of inits) yield created(init)
  }
  return ({ request, call }) => Promise.resolve(messages(implementation(request, call) as AsyncIterable<object>))
}

/** The request id of a write, which every write carries in its field `write`; empty for other requests. */
function requestIdIn(request: Message): string {
  const { write } = request as { readonly write?: { readonly requestId?: unknown } }
  return typeof write?.requestId === 'string' ? write.requestId : ''
}
