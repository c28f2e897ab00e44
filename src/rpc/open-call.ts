import { Metadata, type CallOptions as GrpcCallOptions, type StatusObject } from '@grpc/grpc-js'
import { trivetError } from '../lib/errors.ts'
import type { CallOptions } from './call-options.ts'
import { errorFromStatus, type FailedStatus } from './error-from-status.ts'

/** The call as grpc-js hands it out, as far as all four kinds have it. */
export interface SurfaceCall {
  cancel(): void
  on(event: 'metadata', listener: (metadata: Metadata) => void): unknown
  on(event: 'status', listener: (status: StatusObject) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Why `ended` aborts. It exists once: the error that `abort()` makes by itself costs more than the rest of a call's end. */
const callEnded = 'the call has ended'

/** What one call of a client has beside its messages: options, cancellation, headers, trailers, and its error. */
export class OpenCall {
  readonly metadata = new Metadata()
  readonly grpcOptions: GrpcCallOptions
  readonly #path: string
  readonly #address: string
  readonly #options: CallOptions
  readonly #ended = new AbortController()
  readonly #cancel = (): void => this.#surface?.cancel()
  #surface: SurfaceCall | undefined
  #failure: { readonly error: unknown } | undefined

  /** Throws CANCELLED when the caller has cancelled already. */
  constructor(call: { readonly path: string; readonly address: string }, options: CallOptions) {
    const { signal, timeoutMs, headers = {} } = options
    if (signal?.aborted === true) throw trivetError('CANCELLED', {}, { cause: signal.reason })
    this.#path = call.path
    this.#address = call.address
    this.#options = options
    this.grpcOptions = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }
    for (const [key, value] of Object.entries(headers)) this.metadata.set(key, value)
  }

  /** Aborts when the call is over, by its status or because the caller left. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  begin(surface: SurfaceCall): void {
    this.#surface = surface
    const { signal, onHeaders, onTrailers } = this.#options
    if (onHeaders !== undefined) surface.on('metadata', onHeaders)
    surface.on('status', ({ metadata }) => {
      onTrailers?.(metadata)
      this.#ended.abort(callEnded)
    })
    // The error is taken where the answer is awaited. Without a listener it would end the process when it comes after
    // the caller has left.
    surface.on('error', () => undefined)
    signal?.addEventListener('abort', this.#cancel, { once: true })
  }

  /** Cancels the call because of an error on this side, which the caller then gets. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#cancel()
  }

  /** The caller is done with the call; one that still runs is cancelled. */
  end(): void {
    this.#options.signal?.removeEventListener('abort', this.#cancel)
    this.#cancel()
    this.#ended.abort(callEnded)
  }

  /** The error that the caller gets for what grpc-js or our own side threw. */
  errorFor(error: unknown): unknown {
    if (this.#failure !== undefined) return this.#failure.error
    if (!isStatus(error)) return error
    const { signal, timeoutMs } = this.#options
    return errorFromStatus(error, {
      address: this.#address,
      method: this.#path,
      timeoutMs,
      cancelled: signal?.aborted === true,
    })
  }
}

function isStatus(error: unknown): error is FailedStatus {
  return error instanceof Error && 'details' in error && 'code' in error && typeof error.code === 'number'
}
