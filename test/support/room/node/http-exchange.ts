import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpRequest } from 'node:http'

/** One request of a node, as its firmware or its initramfs makes it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly host: string
  readonly port: number
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** In the order in which they are sent. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Longest time without a byte of the body. */
  readonly inactivityMs?: number
  /** Longest time in all. */
  readonly totalMs?: number
}

export type HttpResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      readonly body: Buffer
      readonly client: ClientEnd
    }
  /** The server was not reached, or did not stay: another one may do better. `client` is there if it was reached. */
  | { readonly kind: 'lost'; readonly reason: LostReason; readonly client?: ClientEnd }

/** The client's end of a connection. */
export interface ClientEnd {
  readonly address: string
  readonly port: number
}

export type LostReason = 'refused' | 'reset' | 'timed_out' | 'closed_early' | 'unreachable' | 'not_http'

/** A kernel or an initrd is the largest thing that a node takes. */
const bodyBytesMax = 1_073_741_824

/** iPXE keeps an idle connection that long (src/net/tcp/httpconn.c). */
const idleMs = 10_000

/** The HTTP of one powered-on node: its own source address, and one connection a server, used again while it lasts. */
export class HttpClient {
  readonly #agent: Agent
  readonly #signal: AbortSignal
  readonly #localAddress: string | undefined

  /** `signal` is the power: when it fires, everything under way is cut and rejects with its reason. */
  constructor(options: { readonly localAddress: string | undefined; readonly signal: AbortSignal }) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: idleMs })
    this.#signal = options.signal
    this.#localAddress = options.localAddress
    options.signal.addEventListener('abort', () => this.#agent.destroy(), { once: true })
  }

  /** Ends idle connections. */
  close(): void {
    this.#agent.destroy()
  }

  /** Makes the request. A connection that was kept and turns out to be closed is replaced once, as iPXE does. */
  async exchange(request: HttpRequest): Promise<HttpResult> {
    const first = await this.#once(request)
    return first === 'stale' ? ((await this.#once(request)) as HttpResult) : first
  }

  async #once(request: HttpRequest): Promise<HttpResult | 'stale'> {
    this.#signal.throwIfAborted()
    const limit = new TimeLimit(request)
    const abort = AbortSignal.any([this.#signal, limit.signal])
    let answered = false
    let client: ClientEnd | undefined
    const outgoing = httpRequest({
      agent: this.#agent,
      host: request.host,
      port: request.port,
      family: 4,
      method: request.method,
      path: request.target,
      setHost: false,
      headers: { ...request.headers },
      signal: abort,
      ...(this.#localAddress === undefined ? {} : { localAddress: this.#localAddress }),
    })
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.once('socket', (socket) => {
          const connected = () => (client = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 })
          if (socket.connecting) socket.once('connect', connected)
          else connected()
        })
        outgoing.once('response', resolve)
        outgoing.on('error', reject)
        outgoing.end(request.body)
      })
      answered = true
      const body = await bodyOf(response, limit)
      const { statusCode: status = 0, headers } = response
      return { kind: 'answered', status, headers, body, client: client ?? { address: '', port: 0 } }
    } catch (error) {
      this.#signal.throwIfAborted()
      const at = client === undefined ? {} : { client }
      if (limit.signal.aborted) return { kind: 'lost', reason: 'timed_out', ...at }
      const reason = lostReason(error)
      const isStale = outgoing.reusedSocket && !answered && (reason === 'reset' || reason === 'closed_early')
      return isStale ? 'stale' : { kind: 'lost', reason, ...at }
    } finally {
      limit.stop()
    }
  }
}

/** Fires when a request took too long in all, or too long without progress. */
class TimeLimit {
  readonly #controller = new AbortController()
  readonly #total: NodeJS.Timeout | undefined
  readonly #inactivity: NodeJS.Timeout | undefined

  constructor(limits: Pick<HttpRequest, 'inactivityMs' | 'totalMs'>) {
    const fire = () => this.#controller.abort()
    if (limits.totalMs !== undefined) this.#total = setTimeout(fire, limits.totalMs)
    if (limits.inactivityMs !== undefined) this.#inactivity = setTimeout(fire, limits.inactivityMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  progressed(): void {
    this.#inactivity?.refresh()
  }

  stop(): void {
    clearTimeout(this.#total)
    clearTimeout(this.#inactivity)
  }
}

/** Only bytes of a body count as progress: a header, or an open connection, does not move iPXE's time-out. */
async function bodyOf(response: IncomingMessage, limit: TimeLimit): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    limit.progressed()
    sizeBytes += chunk.length
    if (sizeBytes > bodyBytesMax) throw new Error(`a body over ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function lostReason(error: unknown): LostReason {
  const code = (error as { readonly code?: unknown }).code
  if (code === 'ECONNREFUSED') return 'refused'
  if (code === 'ECONNRESET') return (error as Error).message === 'socket hang up' ? 'closed_early' : 'reset'
  if (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') return 'closed_early'
  if (typeof code === 'string' && code.startsWith('HPE_')) return 'not_http'
  return 'unreachable'
}
