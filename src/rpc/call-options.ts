import type { ReadonlyMetadata } from './call-context.ts'

/** What a caller may say about one call. */
export interface CallOptions {
  /** Cancels the call when it aborts; the call fails with CANCELLED. */
  readonly signal?: AbortSignal | undefined
  /** The call fails with DEADLINE_EXCEEDED after this long. Unary calls have 30 s by default, streams no limit. */
  readonly timeoutMs?: number | undefined
  /** Sent beside the request; keys in small letters. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Called once, with what came before the first message of the answer. A call that fails may have none. */
  readonly onHeaders?: ((headers: ReadonlyMetadata) => void) | undefined
  /** Called once, with what came with the status, also when that is an error, before the call resolves or rejects. */
  readonly onTrailers?: ((trailers: ReadonlyMetadata) => void) | undefined
}

/** What a caller may say about one unary call; `timeoutMs` is for all its tries together, 30 s by default. */
export interface FailoverCallOptions extends CallOptions {
  /** One try is given up after this long and made again elsewhere; 5 s by default. */
  readonly tryTimeoutMs?: number | undefined
}

/** What a caller may say about one streamed answer. */
export interface FailoverStreamOptions<Request = never, Answer = never> extends CallOptions {
  /** Makes the request that goes on behind the last message. Without it a stream that has begun is not taken up again. */
  readonly resume?: ((last: Answer, asked: Request) => Request) | undefined
  /** The stream is given up when no peer serves it for this long; 30 s by default. */
  readonly retryForMs?: number | undefined
}
