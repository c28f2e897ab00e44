/**
 * Says that something has come out of a stream, however much: the stream is read as fast as it comes, and whoever
 * waits is told once. Streams that never end must not queue up behind a reader that is busy.
 */
export class Bell {
  readonly #stopped = new AbortController()
  #rung = false
  #end: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  /** `listen` is given a signal that ends with the bell. */
  constructor(listen: (signal: AbortSignal) => AsyncIterable<unknown>) {
    void this.#read(listen(this.#stopped.signal))
  }

  /** Resolves when something has come since the call before. Throws what the stream threw, or that it has ended. */
  async next(): Promise<void> {
    if (!this.#rung && this.#end === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#end !== undefined) throw this.#end.error
    this.#rung = false
  }

  /** Stops listening. */
  stop(): void {
    this.#stopped.abort()
  }

  async #read(source: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const _ of source) this.#ring()
      this.#end = { error: new Error('the stream ended, and nobody rings any more') }
    } catch (error) {
      this.#end = { error }
    }
    this.#ring()
  }

  #ring(): void {
    this.#rung = true
    this.#wake()
  }
}
