import { randomBytes } from 'node:crypto'
import type { DescMethod } from '@bufbuild/protobuf'
import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js'
import { trivetError } from '../lib/errors.ts'
import { isUuid, uuid7 } from '../lib/uuid7.ts'

/** Metadata that is only read; keys in small letters. */
export type ReadonlyMetadata = Pick<Metadata, 'get' | 'getMap'>

/** What a handler and the interceptors know of their call, and what they can say beside the answer. */
export interface CallContext {
  readonly method: DescMethod
  /**
   * Aborts when the caller cancels, its deadline passes, its connection breaks, or (streams only) this server stops;
   * `reason` is the TrivetError that says which. It never aborts once the call has ended by itself.
   */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since the epoch by this machine's clock; Infinity for never. */
  readonly deadlineMs: number
  /** The id of a write's `WriteOptions`; for other calls one that was drawn here, to find the call in the log. */
  readonly requestId: string
  /** What the caller sent beside the request. */
  readonly metadata: ReadonlyMetadata
  /** Address of the caller, `host:port`. */
  readonly peer: string
  /** Sent before the first message of the answer. */
  readonly responseHeaders: Metadata
  /** Sent with the status, also when that is an error. */
  readonly responseTrailers: Metadata
}

/** The part of a grpc-js server call that all four kinds share. */
export type SurfaceCall = Pick<
  ServerUnaryCall<Buffer, Buffer>,
  'metadata' | 'getPeer' | 'getDeadline' | 'sendMetadata'
> & { once(event: 'cancelled', listener: () => void): unknown }

/** The context of one call that is being served. */
export class ServedCall implements CallContext {
  readonly method: DescMethod
  readonly deadlineMs: number
  readonly metadata: ReadonlyMetadata
  readonly peer: string
  readonly responseHeaders = new Metadata()
  readonly responseTrailers = new Metadata()
  readonly #surface: SurfaceCall
  readonly #controller = new AbortController()
  #requestId = ''
  #headersSent = false
  #ended = false

  constructor(method: DescMethod, surface: SurfaceCall) {
    this.method = method
    this.#surface = surface
    this.deadlineMs = Number(surface.getDeadline())
    const limitMs = this.deadlineMs - Date.now()
    this.metadata = surface.metadata
    this.peer = surface.getPeer()
    // grpc-js says 'cancelled' for a cancelled call, a passed deadline and a lost connection alike, and for every call
    // that ended by itself too.
    surface.once('cancelled', () => {
      if (this.#ended) return
      const late = Date.now() >= this.deadlineMs
      this.abort(late ? trivetError('DEADLINE_EXCEEDED', { what: method.name, limitMs }) : trivetError('CANCELLED', {}))
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get requestId(): string {
    if (this.#requestId === '') this.#requestId = uuid7({ timeMs: Date.now(), random: randomBytes(10) })
    return this.#requestId
  }

  /** Takes the caller's own request id, if it is one; a text of any other form has no place in our log. */
  takeRequestId(id: string): void {
    if (isUuid(id)) this.#requestId = id
  }

  /** Sends the response headers, once. An error needs none: its trailers say all. */
  sendHeaders(): void {
    if (this.#headersSent) return
    this.#headersSent = true
    this.#surface.sendMetadata(this.responseHeaders)
  }

  /** Tells the handler to stop. */
  abort(reason: Error): void {
    if (!this.#ended) this.#controller.abort(reason)
  }

  /** The answer is on its way; nothing aborts any more. */
  end(): void {
    this.#ended = true
  }
}
