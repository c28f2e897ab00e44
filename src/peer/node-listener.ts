import type { ListenAddress } from './listen-address.ts'
import { formatAddress } from './listen-address.ts'
import { listenReason } from '../lib/system-reasons.ts'

/** Pause before a listener that could not open is tried again. */
const retryMs = 1_000

/** A listener as `BootHttp` is one: it opens once, and closes for good. */
export interface OneListener {
  listen(address: ListenAddress): Promise<ListenAddress>
  close(): Promise<void>
}

/**
 * The life of the listener for nodes: closed until this peer may answer them, then open, then closed for good. That
 * its address is taken when the time comes is no reason to take the peer out of its quorum: it is tried again.
 */
export class NodeListener {
  readonly #ports: {
    readonly make: () => OneListener
    readonly address: ListenAddress
    readonly changed: () => void
    readonly failed: (reason: string) => void
    readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  }
  readonly #over = new AbortController()
  readonly #opened = Promise.withResolvers<ListenAddress | undefined>()
  #bound: ListenAddress | undefined
  #listener: OneListener | undefined
  #opening: Promise<void> | undefined
  #failure = ''

  constructor(ports: {
    /** A new one for each try. */
    readonly make: () => OneListener
    readonly address: ListenAddress
    /** Told whenever it opened or closed. */
    readonly changed: () => void
    /** Told each new reason why it does not open. */
    readonly failed: (reason: string) => void
    readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  }) {
    this.#ports = ports
  }

  /** Where it listens; undefined unless it is open. */
  get bound(): ListenAddress | undefined {
    return this.#bound
  }

  /** Resolves with where it listens as soon as it does; undefined if it is closed before. */
  get opened(): Promise<ListenAddress | undefined> {
    return this.#opened.promise
  }

  /** Why it is not open, in words; '' if it is. */
  get missing(): string {
    if (this.#bound !== undefined) return ''
    if (this.#over.signal.aborted) return 'its listener for nodes is closed'
    const address = formatAddress(this.#ports.address)
    return this.#failure === ''
      ? 'it does not listen for nodes yet'
      : `it cannot listen on ${address}: ${this.#failure}`
  }

  /** Opens it, however long that takes. A second call joins the first. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Closes it for good, once what it took is answered. A second call joins the first. */
  async close(): Promise<void> {
    if (!this.#over.signal.aborted) {
      this.#over.abort()
      this.#bound = undefined
      this.#opened.resolve(undefined)
      this.#ports.changed()
    }
    await this.#opening
    await this.#listener?.close()
  }

  async #open(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      const listener = this.#ports.make()
      try {
        const bound = await listener.listen(this.#ports.address)
        // From here on `close` finds it.
        this.#listener = listener
        if (signal.aborted) return
        this.#bound = bound
        this.#opened.resolve(bound)
        return this.#ports.changed()
      } catch (error) {
        await listener.close()
        this.#fail(listenReason(error))
        await this.#ports.pause(retryMs, signal)
      }
    }
  }

  #fail(reason: string): void {
    if (reason === this.#failure) return
    this.#failure = reason
    this.#ports.failed(reason)
  }
}
