import { once } from 'node:events'
import { create, type DescMethod, type Message } from '@bufbuild/protobuf'
import type { ClientDuplexStream, ClientReadableStream, ClientWritableStream, requestCallback } from '@grpc/grpc-js'
import { trivetError } from '../lib/errors.ts'
import type { CallOptions } from './call-options.ts'
import type { RpcChannel } from './channel.ts'
import { requestSizeBytesMax, unaryTimeoutMsDefault } from './limits.ts'
import { methodDefinition, passBytes } from './method-definition.ts'
import { OpenCall } from './open-call.ts'
import { RemoteError } from './remote-error.ts'
import { untilAborted } from './until-aborted.ts'

/** Calls one method. Requests are inits of the method's input; answers are messages of its output. */
export class ClientMethod {
  readonly #method: DescMethod
  readonly #definition: ReturnType<typeof methodDefinition<DescMethod>>
  readonly #channel: RpcChannel

  constructor(method: DescMethod, channel: RpcChannel) {
    this.#method = method
    this.#definition = methodDefinition(method)
    this.#channel = channel
  }

  async unary(request: object, options: CallOptions = {}): Promise<Message> {
    const bytes = this.#encoded(request)
    const call = this.#open({ ...options, timeoutMs: options.timeoutMs ?? unaryTimeoutMsDefault })
    const { metadata, grpcOptions } = call
    return await this.#answer(call, (settle) => {
      const { path } = this.#definition
      const { grpc } = this.#channel
      call.begin(grpc.makeUnaryRequest(path, passBytes, passBytes, bytes, metadata, grpcOptions, settle))
    })
  }

  async clientStream(requests: AsyncIterable<object>, options: CallOptions = {}): Promise<Message> {
    const call = this.#open(options)
    const { metadata, grpcOptions } = call
    return await this.#answer(call, (settle) => {
      const { path } = this.#definition
      const { grpc } = this.#channel
      const stream = grpc.makeClientStreamRequest(path, passBytes, passBytes, metadata, grpcOptions, settle)
      call.begin(stream)
      this.#send(requests, stream, call).catch((error: unknown) => call.fail(error))
    })
  }

  async *serverStream(request: object, options: CallOptions = {}): AsyncGenerator<Message> {
    const bytes = this.#encoded(request)
    const call = this.#open(options)
    const { metadata, grpcOptions } = call
    const { path } = this.#definition
    const { grpc } = this.#channel
    const stream = grpc.makeServerStreamRequest(path, passBytes, passBytes, bytes, metadata, grpcOptions)
    call.begin(stream)
    yield* this.#answers(stream, call)
  }

  async *bidi(requests: AsyncIterable<object>, options: CallOptions = {}): AsyncGenerator<Message> {
    const call = this.#open(options)
    const { metadata, grpcOptions } = call
    const { path } = this.#definition
    const { grpc } = this.#channel
    const stream = grpc.makeBidiStreamRequest(path, passBytes, passBytes, metadata, grpcOptions)
    call.begin(stream)
    this.#send(requests, stream, call).catch((error: unknown) => call.fail(error))
    yield* this.#answers(stream, call)
  }

  #open(options: CallOptions): OpenCall {
    return new OpenCall({ path: this.#definition.path, address: this.#channel.address }, options)
  }

  /** The one answer of a call that `start` begins. */
  async #answer(call: OpenCall, start: (settle: requestCallback<Buffer>) => void): Promise<Message> {
    try {
      const bytes = await new Promise<Buffer>((resolve, reject) => {
        start((error, answer) => (answer === undefined ? reject(error) : resolve(answer)))
      })
      return this.#decoded(bytes)
    } catch (error) {
      throw call.errorFor(error)
    } finally {
      call.end()
    }
  }

  /**
   * The messages of a streamed answer; those that arrived before an error come before it. Whoever leaves the loop early
   * cancels the call: grpc-js would let it run on.
   */
  async *#answers(
    stream: ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>,
    call: OpenCall,
  ): AsyncGenerator<Message> {
    const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    try {
      for await (const bytes of chunks) yield this.#decoded(bytes)
    } catch (error) {
      throw call.errorFor(error)
    } finally {
      call.end()
    }
  }

  /**
   * Sends the requests of a stream as fast as the server reads them. It ends quietly when the call ends first, because
   * a server may answer before it has read all, and it tells the source to end. Throws what the source throws.
   */
  async #send(requests: AsyncIterable<object>, stream: ClientWritableStream<Buffer>, call: OpenCall): Promise<void> {
    try {
      for await (const request of untilAborted(requests, call.ended)) {
        // `false` means that 16 messages wait for the server. `events.once` takes its listeners off again.
        if (!stream.write(this.#encoded(request))) await once(stream, 'drain', { signal: call.ended })
      }
      stream.end()
    } catch (error) {
      if (!call.ended.aborted) throw error
    }
  }

  #encoded(request: object): Buffer {
    const message = create(this.#method.input, request as Record<string, unknown>)
    const bytes = this.#definition.requestSerialize(message)
    if (bytes.byteLength <= requestSizeBytesMax) return bytes
    const what = `the request of ${this.#method.name}`
    throw trivetError('MESSAGE_TOO_LARGE', { what, sizeBytes: bytes.byteLength, limitBytes: requestSizeBytesMax })
  }

  #decoded(bytes: Buffer): Message {
    try {
      return this.#definition.responseDeserialize(bytes)
    } catch (error) {
      const message = `${this.#channel.address} answered ${this.#definition.path} with what is no ${this.#method.output.typeName}`
      const wire = {
        status: 'INTERNAL',
        code: 'MALFORMED_ANSWER',
        message,
        remedy: '',
        params: {},
        violations: [],
        requestId: '',
      } as const
      throw new RemoteError(wire, { cause: error })
    }
  }
}
