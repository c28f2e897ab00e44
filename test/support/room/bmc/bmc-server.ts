import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { selfSignedCertificate } from '../certificate.ts'
import type { Faults } from '../faults/faults.ts'
import type { FaultAction } from '../faults/rule.ts'
import type { Ledger } from '../ledger.ts'
import type { Listening } from '../listen.ts'
import { listen } from '../listen.ts'
import type { Random } from '../random.ts'
import type { Answer } from './answer.ts'
import { Authentication } from './authentication.ts'
import type { BmcCounters } from './counters.ts'
import { newBmcCounters } from './counters.ts'
import type { BmcProfile, BmcView } from './profile.ts'
import { RedfishService } from './redfish-service.ts'
import type { EmulatedSystem } from './system.ts'

const requestBytesMax = 1_048_576

export interface BmcOptions {
  readonly xname: string
  readonly profile: BmcProfile
  readonly host: string
  readonly port: number
  readonly mac: string
  readonly uuid: string
  readonly username: string
  readonly password: string
  readonly systems: readonly EmulatedSystem[]
  readonly serials: readonly string[]
  readonly faults: Faults
  readonly ledger: Ledger
  readonly random: Random
}

/** One BMC on the network: HTTPS with a certificate of its own, and the faults that strike it. */
export class BmcServer {
  readonly xname: string
  readonly profile: BmcProfile
  readonly systems: readonly EmulatedSystem[]
  /** Base64 of the SHA-256 of its public key. */
  readonly spkiSha256: string
  readonly counters: BmcCounters = newBmcCounters()
  readonly #options: BmcOptions
  readonly #authentication: Authentication
  readonly #listening: Listening
  readonly #service: RedfishService
  readonly #tcp = new Map<string, Socket>()

  static async start(options: BmcOptions): Promise<BmcServer> {
    const certificate = selfSignedCertificate({ commonName: options.xname, address: options.host })
    const server = createServer({ key: certificate.keyPem, cert: certificate.certificatePem }, (request, response) => {
      bmc.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    server.keepAliveTimeout = 60_000
    server.on('connection', (tcp) => bmc.#connected(tcp as Socket))
    server.on('secureConnection', () => bmc.counters.handshakes++)
    const bmc: BmcServer = new BmcServer(options, await listen(server, options), certificate.spkiSha256)
    return bmc
  }

  private constructor(options: BmcOptions, listening: Listening, spkiSha256: string) {
    this.xname = options.xname
    this.profile = options.profile
    this.systems = options.systems
    this.spkiSha256 = spkiSha256
    this.#options = options
    this.#listening = listening
    this.#authentication = new Authentication({
      username: options.username,
      password: options.password,
      sessionsMax: options.profile.sessionsMax,
      sessionIdleMs: options.profile.sessionIdleMs,
      nowMs: () => performance.now(),
    })
    this.#service = new RedfishService({
      profile: options.profile,
      view: this.#view(),
      systems: options.systems,
      authentication: this.#authentication,
      counters: this.counters,
      ledger: options.ledger,
      random: options.random,
      reportedInstead: () => options.faults.reportedInstead({ address: this.address }),
    })
  }

  /** `host:port`. */
  get address(): string {
    return `${this.#listening.host}:${this.#listening.port}`
  }

  get locked(): boolean {
    return this.#authentication.locked
  }

  get sessions(): { readonly open: number; readonly opened: number } {
    return { open: this.#authentication.sessionsOpen, opened: this.#authentication.sessionsOpened }
  }

  async close(): Promise<void> {
    await this.#listening.close()
    await Promise.all(this.systems.map((system) => system.stop()))
  }

  #connected(tcp: Socket): void {
    this.counters.connections++
    const client = clientOf(tcp)
    this.#tcp.set(client, tcp)
    tcp.once('close', () => this.#tcp.delete(client))
  }

  /** The TCP connection under a TLS one: only it can be reset. */
  #tcpOf(tls: Socket): Socket | undefined {
    return this.#tcp.get(clientOf(tls))
  }

  #view(): BmcView {
    const { mac, serials, systems, uuid, xname } = this.#options
    return {
      xname,
      address: this.address,
      mac,
      uuid,
      sessionIds: () => this.#authentication.sessionIds(),
      systems: systems.map((system, index) => ({
        id: system.id,
        uuid: system.node.identity.uuid,
        serial: serials[index]!,
        macs: system.macs,
        reportedPower: () => system.power.reported,
        operatingSystemRuns: () => system.node.systemRuns,
        bootOverride: system.bootOverride,
      })),
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { counters } = this
    counters.requests++
    counters.inFlight++
    counters.maxInFlight = Math.max(counters.maxInFlight, counters.inFlight)
    let counted = true
    // Before the answer leaves: a client may send its next request as soon as it has read this one's.
    const endCounting = () => {
      if (counted) counters.inFlight--
      counted = false
    }
    response.once('close', endCounting)
    const body = await bodyOf(request)
    if (body === undefined) {
      response.writeHead(413, { 'Content-Length': 0, Connection: 'close' }).end()
      return
    }
    const [path, query = ''] = splitOnce(request.url ?? '/', '?')
    const method = request.method ?? 'GET'
    const struck = this.#options.faults.strike({
      bmc: this.xname,
      address: this.address,
      method,
      path,
      resetType: this.#service.resetTypeOf({ method, path, body }),
    })
    this.#recordFaults(struck, method, path)
    const latencyMs = struck.reduce((sum, action) => (action.kind === 'latency' ? sum + action.ms : sum), 0)
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
    if (request.socket.destroyed) return
    const resetConnection = () => this.#tcpOf(request.socket)?.resetAndDestroy()
    if (misbehave(struck, 'before', resetConnection)) return
    const answer =
      this.#struckAnswer(struck) ??
      this.#service.handle(
        {
          method,
          path,
          query,
          body,
          token: headerOf(request, 'x-auth-token'),
          authorization: headerOf(request, 'authorization'),
          ifMatch: headerOf(request, 'if-match'),
          from: clientOf(request.socket),
        },
        struck,
      )
    if (misbehave(struck, 'after', resetConnection)) return
    const truncate = struck.find((action) => action.kind === 'truncate')
    endCounting()
    send(answer, request, response, truncate?.bytes)
  }

  /** The answer of a fault that takes the place of the service's; `undefined` when none does. */
  #struckAnswer(struck: readonly FaultAction[]): Answer | undefined {
    const status = struck.find((action) => action.kind === 'status')
    if (status !== undefined) {
      const message = { id: status.messageId ?? 'Base.1.4.InternalError', text: 'Struck by a fault.' }
      const usual = this.profile.refuse('internal', { status: status.status, message })
      return {
        status: status.status,
        headers: { ...usual.headers, ...status.headers },
        ...(status.body === undefined ? { body: usual.body! } : { body: status.body }),
      }
    }
    if (struck.some((action) => action.kind === 'unauthorized')) return this.profile.refuse('no_session')
    return undefined
  }

  #recordFaults(struck: readonly FaultAction[], method: string, path: string): void {
    if (struck.length > 0) this.counters.faults++
    for (const { kind: fault } of struck) {
      this.#options.ledger.append({ kind: 'fault_fired', bmc: this.xname, fault, method, path })
    }
  }
}

/** Hangs or resets, when a fault says so at this moment; true when nothing is to be answered any more. */
function misbehave(struck: readonly FaultAction[], moment: 'before' | 'after', resetConnection: () => void): boolean {
  for (const action of struck) {
    if (action.kind !== 'hang' && action.kind !== 'reset_connection') continue
    if ((action.when ?? 'before') !== moment) continue
    if (action.kind === 'reset_connection') resetConnection()
    return true
  }
  return false
}

function send(answer: Answer, request: IncomingMessage, response: ServerResponse, truncateBytes?: number): void {
  const body = typeof answer.body === 'object' ? JSON.stringify(answer.body) : (answer.body ?? '')
  response.statusCode = answer.status
  response.setHeader('OData-Version', '4.0')
  response.setHeader('Cache-Control', 'no-cache')
  if (answer.body !== undefined) response.setHeader('Content-Type', 'application/json; charset=utf-8')
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (answer.status !== 204) response.setHeader('Content-Length', Buffer.byteLength(body))
  if (truncateBytes !== undefined) {
    response.write(Buffer.from(body).subarray(0, truncateBytes))
    response.socket?.end()
    return
  }
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The other end, `host:port`. */
function clientOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > requestBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
