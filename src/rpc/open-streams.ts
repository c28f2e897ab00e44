import type { ServedCall } from './call-context.ts'

/** The streams that a server has open. They may never end by themselves, so whoever stops the server ends them. */
export class OpenStreams {
  readonly #calls = new Set<ServedCall>()
  #reason: Error | undefined

  get size(): number {
    return this.#calls.size
  }

  add(call: ServedCall): void {
    this.#calls.add(call)
    if (this.#reason !== undefined) call.abort(this.#reason)
  }

  delete(call: ServedCall): void {
    this.#calls.delete(call)
  }

  /** Ends all of them with this error, and each one that is still to come. */
  stop(reason: Error): void {
    this.#reason = reason
    for (const call of this.#calls) call.abort(reason)
  }
}
