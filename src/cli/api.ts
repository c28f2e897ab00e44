import type { JsonObject } from '@bufbuild/protobuf'

/** One call of the API: everything in JSON with proto names. */
export interface ApiCall {
  /** Full name of the service. */
  readonly service: string
  /** The method's name in descriptors. */
  readonly method: string
  readonly request: JsonObject
  readonly signal: AbortSignal
}

/**
 * The API as the engine needs it. A peer that is away is replaced by the next one, and a write is carried out once all
 * the same. Calls fail with TrivetError or RemoteError.
 */
export interface Api {
  /** One answer, as `jsonOf` has it. */
  call(call: ApiCall & { readonly timeoutMs: number }): Promise<JsonObject>
  /**
   * A streamed answer, gone on with at another peer when it breaks; leaving its loop ends the call. One that can go on
   * behind a revision has no end of its own: a peer that stops ends it in good order, and the next one goes on.
   */
  stream(call: ApiCall): AsyncIterable<JsonObject>
  close(): void
}
