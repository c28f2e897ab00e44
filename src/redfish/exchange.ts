import type { Dispatcher } from 'undici'
import type { Clock } from '../lib/clock.ts'

/** One HTTP request. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly bodyBytesMax: number
  readonly signal: AbortSignal
  /** Asked in the loop turn that writes the request to an open connection; false: it is not written. */
  readonly guard?: () => boolean
}

export type ExchangeOutcome = ExchangeAnswer | ExchangeFailure

export interface ExchangeAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** Monotonic milliseconds at which the request was written. */
  readonly sentMs: number
}

export interface ExchangeFailure {
  readonly kind: 'failure'
  /** False: provably not one byte of the request was written. */
  readonly sent: boolean
  /** The status, when it came before the rest broke off. */
  readonly status: number | undefined
  readonly cause: ExchangeCause
}

export type ExchangeCause =
  | { readonly kind: 'guard' | 'timeout' | 'aborted' | 'too_large' }
  | { readonly kind: 'error'; readonly error: Error }

/**
 * Sends one request once and waits for the whole answer. Never rejects.
 *
 * undici calls `onRequestStart` synchronously before it writes to a connection that is open (`writeH1`), and writes
 * nothing when that throws: there the guard is asked, and "sent" begins. undici writes a request again when a
 * connection closes for a reason of its own (`UND_ERR_INFO`); a second start is therefore refused here, and the
 * outcome stays that of the first.
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest, clock: Clock): Promise<ExchangeOutcome> {
  return new Promise((resolve) => {
    const running = new Exchange(request, clock, resolve)
    if (!running.begin()) return
    try {
      dispatcher.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: { ...request.headers },
          body: request.body ?? null,
          // The deadline of the exchange is exact and covers both; undici's own timers are coarse.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        running,
      )
    } catch (error) {
      running.fail({ kind: 'error', error: asError(error) })
    }
  })
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest
  readonly #clock: Clock
  readonly #resolve: (outcome: ExchangeOutcome) => void
  readonly #chunks: Buffer[] = []
  readonly #onAbort = () => this.#stop({ kind: 'aborted' })
  #timer: NodeJS.Timeout | undefined
  #controller: Dispatcher.DispatchController | undefined
  #sentMs: number | undefined
  #status: number | undefined
  #headers: ReadonlyMap<string, string> = new Map()
  #sizeBytes = 0
  #done = false

  constructor(request: ExchangeRequest, clock: Clock, resolve: (outcome: ExchangeOutcome) => void) {
    this.#request = request
    this.#clock = clock
    this.#resolve = resolve
  }

  /** Starts the deadline; false when the request is over before it began. */
  begin(): boolean {
    if (this.#request.signal.aborted) {
      this.fail({ kind: 'aborted' })
      return false
    }
    this.#request.signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = setTimeout(() => this.#stop({ kind: 'timeout' }), this.#request.timeoutMs)
    return true
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // What throws here is not written.
    if (this.#done || this.#sentMs !== undefined) throw new NotWritten()
    this.#controller = controller
    if (this.#request.guard !== undefined && !this.#request.guard()) {
      this.fail({ kind: 'guard' })
      throw new NotWritten()
    }
    this.#sentMs = this.#clock.monotonicMs()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    this.#status = status
    this.#headers = new Map(
      Object.entries(headers).map(([name, value]) => [
        name.toLowerCase(),
        (Array.isArray(value) ? value[0] : value) ?? '',
      ]),
    )
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#sizeBytes += chunk.length
    if (this.#sizeBytes > this.#request.bodyBytesMax) this.#stop({ kind: 'too_large' })
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#status === undefined || this.#sentMs === undefined) {
      this.fail({ kind: 'error', error: new Error('the answer has no status') })
      return
    }
    this.#finish({
      kind: 'answer',
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      sentMs: this.#sentMs,
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail({ kind: 'error', error })
  }

  fail(cause: ExchangeCause): void {
    this.#finish({ kind: 'failure', sent: this.#sentMs !== undefined, status: this.#status, cause })
  }

  /** Ends it from our side. One that waits for a connection stays in undici's queue until its turn, and ends there. */
  #stop(cause: ExchangeCause): void {
    this.fail(cause)
    this.#controller?.abort(new NotWritten())
  }

  #finish(outcome: ExchangeOutcome): void {
    if (this.#done) return
    this.#done = true
    clearTimeout(this.#timer)
    this.#request.signal.removeEventListener('abort', this.#onAbort)
    this.#resolve(outcome)
  }
}

/** Tells undici to drop a request; its text is seen by nobody. */
class NotWritten extends Error {
  override readonly name = 'NotWritten'
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
