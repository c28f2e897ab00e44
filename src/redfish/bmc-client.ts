import type { Client } from 'undici'
import type { Clock } from '../lib/clock.ts'
import { trivetError } from '../lib/errors.ts'
import type { BmcAddress } from './bmc-address.ts'
import { documentOf, type Document } from './document.ts'
import { exchange, type ExchangeAnswer, type ExchangeOutcome } from './exchange.ts'
import { limits } from './limits.ts'
import type { Lanes } from './lanes.ts'
import { locationPath } from './link.ts'
import { retryAfterMs } from './mapping/retry-after.ts'
import { connectionBroke, transportError } from './transport-error.ts'

/** An HTTP answer whose body was read as JSON. */
export interface BmcAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** The body, if it is one JSON object. */
  readonly document: Document | undefined
  /** Why there is no document, when there is none; empty otherwise. */
  readonly nonsense: string
  readonly sizeBytes: number
  /** Monotonic milliseconds at which the request was written. */
  readonly sentMs: number
}

export interface BmcRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Document
  readonly signal: AbortSignal
  /** Called before each request that goes out, repetitions and redirects included. */
  readonly onRequest?: () => void
}

/** Redirects that are remembered, so that each costs one extra request and not one every time. */
const movedMax = 256

/** HTTP to one BMC: bounded, within one origin, JSON in and out. Knows neither sessions nor Redfish. */
export class BmcClient {
  readonly #address: BmcAddress
  readonly #lanes: Lanes
  readonly #clock: Clock
  /** Longest wait for one answer. */
  readonly requestTimeoutMs: number
  readonly #moved = new Map<string, string>()

  constructor(options: {
    readonly address: BmcAddress
    readonly lanes: Lanes
    readonly clock: Clock
    readonly requestTimeoutMs: number
  }) {
    this.#address = options.address
    this.#lanes = options.lanes
    this.#clock = options.clock
    this.requestTimeoutMs = options.requestTimeoutMs
  }

  /**
   * Sends a request that does no harm when it is done twice: repeats it once when the connection breaks, once more
   * when the BMC asks for a short pause (503 with Retry-After), and follows redirects within the BMC. Headers never
   * go anywhere else.
   * Errors: those of the transport; never for a status.
   */
  async send(request: BmcRequest): Promise<BmcAnswer> {
    let path = this.#movedTo(request.path)
    let pauses = 1
    for (let hops = 0; ; hops++) {
      const answer = await this.#sendAndRepeat(request, path)
      const pauseMs = pauseAskedFor(answer)
      if (pauseMs !== undefined && pauses > 0) {
        pauses--
        await this.#pause(pauseMs, request.signal)
        continue
      }
      const next = this.#noteMoved(request.method, path, answer)
      if (next === undefined) return this.read(answer, `${request.method} ${path}`)
      if (hops === limits.redirectsMax) {
        const what = `redirects of ${request.path}`
        throw trivetError('BMC_LIMIT_EXCEEDED', {
          address: this.#address.text,
          what,
          limit: limits.redirectsMax,
          unit: 'redirects',
        })
      }
      path = next
    }
  }

  /**
   * Sends a request that must not be repeated; `apart`, on a connection of its own. `guard` is asked in the loop turn
   * that writes it.
   */
  async sendOnce(
    request: BmcRequest & { readonly guard: () => boolean; readonly apart: boolean },
  ): Promise<ExchangeOutcome> {
    const path = this.#movedTo(request.path)
    const send = (client: Client) => this.#exchange(client, request, path, request.guard)
    const outcome = await (request.apart ? this.#lanes.runApart(send) : this.#lanes.run(send))
    if (outcome.kind === 'answer') this.#noteMoved(request.method, path, outcome)
    return outcome
  }

  #movedTo(path: string): string {
    return this.#moved.get(path) ?? path
  }

  /** Remembers a redirect that stays within the BMC and keeps the method; `undefined` for any other answer. */
  #noteMoved(method: string, path: string, answer: ExchangeAnswer): string | undefined {
    const keepsMethod = answer.status === 307 || answer.status === 308
    if (!keepsMethod && !(method === 'GET' && (answer.status === 301 || answer.status === 302))) return undefined
    const next = locationPath(answer.headers.get('location'), this.#address.origin)
    if (next === undefined || next === path) return undefined
    if (this.#moved.size < movedMax) this.#moved.set(path, next)
    return next
  }

  async #sendAndRepeat(request: BmcRequest, path: string): Promise<ExchangeAnswer> {
    const send = () => this.#lanes.run((client) => this.#exchange(client, request, path))
    const first = await send()
    const outcome = first.kind === 'failure' && connectionBroke(first) ? await send() : first
    if (outcome.kind === 'answer') return outcome
    throw transportError(outcome, {
      address: this.#address.text,
      request: `${request.method} ${path}`,
      timeoutMs: this.requestTimeoutMs,
    })
  }

  async #exchange(client: Client, request: BmcRequest, path: string, guard?: () => boolean): Promise<ExchangeOutcome> {
    request.onRequest?.()
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
    return exchange(
      client,
      {
        method: request.method,
        path,
        headers: {
          accept: 'application/json',
          // Compressed answers could be bombs, and compression changes ETags on several BMCs.
          'accept-encoding': 'identity',
          'odata-version': '4.0',
          ...('body' in body ? { 'content-type': 'application/json' } : {}),
          ...request.headers,
        },
        ...body,
        timeoutMs: this.requestTimeoutMs,
        bodyBytesMax: limits.bodyBytesMax,
        signal: request.signal,
        ...(guard === undefined ? {} : { guard }),
      },
      this.#clock,
    )
  }

  /** Reads the body of an answer as JSON. */
  read(answer: ExchangeAnswer, request: string): BmcAnswer {
    const parsed = parse(answer.body)
    return {
      status: answer.status,
      headers: answer.headers,
      document: parsed.document,
      nonsense: parsed.nonsense === '' ? '' : `its answer to ${request} is ${parsed.nonsense}`,
      sizeBytes: answer.body.length,
      sentMs: answer.sentMs,
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(trivetError('CANCELLED', {}))
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, ms)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
  }
}

function parse(body: Buffer): { readonly document: Document | undefined; readonly nonsense: string } {
  const text = new TextDecoder().decode(body).trim()
  if (text === '') return { document: undefined, nonsense: 'empty' }
  if (text.startsWith('<')) return { document: undefined, nonsense: 'HTML' }
  try {
    const document = documentOf(JSON.parse(text))
    return { document, nonsense: document === undefined ? 'JSON, but no object' : '' }
  } catch {
    return { document: undefined, nonsense: text.startsWith('{') ? 'damaged or truncated JSON' : 'no JSON' }
  }
}

function pauseAskedFor(answer: ExchangeAnswer): number | undefined {
  const ms = answer.status === 503 ? retryAfterMs(answer.headers.get('retry-after')) : undefined
  return ms !== undefined && ms <= limits.repeatAfterMaxMs ? ms : undefined
}
