import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { selfSignedCertificate, type SelfSignedCertificate } from '../../../test/support/room/certificate.ts'
import { documentOf, fieldOf, listOf, type Document } from '../document.ts'
import type { BmcTarget, BmcTls } from '../port.ts'
import type { Tree } from './sample-tree.ts'

/** A request as the test BMC saw it. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/**
 * What a rule does instead of the usual answer: `hang` never answers, `break` closes the connection, `torn` closes it
 * within the body of a 200.
 */
export type Reaction =
  | 'hang'
  | 'break'
  | 'torn'
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
      readonly raw?: string
    }

/** Answers a request in place of the BMC; `undefined` leaves it to the BMC. */
export type Rule = (request: SeenRequest) => Reaction | undefined

/**
 * A small BMC over HTTPS on loopback, for tests of the client: documents, sessions, resets, and rules that misbehave.
 * It counts what it is asked.
 */
export class TestBmc {
  readonly certificate: SelfSignedCertificate
  readonly tree: Tree
  readonly requests: SeenRequest[] = []
  readonly tokens = new Set<string>()
  readonly rules: Rule[] = []
  username = 'root'
  password = 'initial0'
  handshakes = 0
  /** Called when a connection comes, before its TLS handshake. */
  onConnection: (() => void) | undefined
  sessionsMade = 0
  sessionsDeleted = 0
  #server: Server
  readonly #sockets = new Set<TLSSocket>()

  private constructor(tree: Tree, certificate: SelfSignedCertificate) {
    this.tree = tree
    this.certificate = certificate
    this.#server = createServer({ key: certificate.keyPem, cert: certificate.certificatePem })
    this.#server.on('connection', () => this.onConnection?.())
    this.#server.on('secureConnection', (socket) => {
      this.handshakes++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
    })
    this.#server.on('request', (request, response) => void this.#take(request, response))
  }

  static async start(tree: Tree): Promise<TestBmc> {
    const bmc = new TestBmc(tree, selfSignedCertificate({ commonName: 'bmc', address: '127.0.0.1' }))
    await new Promise<void>((resolve) => bmc.#server.listen(0, '127.0.0.1', resolve))
    return bmc
  }

  /** Closes the listener and every connection: the BMC is gone. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.dropConnections()
    await closed
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get origin(): string {
    return `https://${this.address}`
  }

  target(tls: BmcTls = 'first_use', password = this.password): BmcTarget {
    return { address: this.address, tls, credential: { username: this.username, password } }
  }

  /** `METHOD url` of every request, in order. */
  get log(): readonly string[] {
    return this.requests.map((request) => `${request.method} ${request.url}`)
  }

  count(method: string, url: RegExp): number {
    return this.requests.filter((request) => request.method === method && url.test(request.url)).length
  }

  /** The reset types that this system was sent. */
  resets(systemPath: string): readonly unknown[] {
    return this.requests
      .filter((request) => request.method === 'POST' && request.url.startsWith(`${systemPath}/Actions/`))
      .map((request) => fieldOf(request.body, 'ResetType'))
  }

  /** The next `times` requests that match meet this reaction. */
  next(method: string, url: RegExp, reaction: Reaction, times = 1): void {
    let left = times
    this.rules.push((request) => {
      if (left === 0 || request.method !== method || !url.test(request.url)) return undefined
      left--
      return reaction
    })
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    this.requests.push(seen)
    for (const rule of this.rules) {
      const reaction = rule(seen)
      if (reaction === undefined) continue
      if (reaction === 'break') request.socket.destroy()
      else if (reaction === 'torn') this.#tear(response)
      else if (reaction !== 'hang') this.#send(response, reaction)
      return
    }
    this.#send(response, this.#usual(seen))
  }

  #tear(response: ServerResponse): void {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"Members":', () => response.destroy())
  }

  #send(response: ServerResponse, reaction: Exclude<Reaction, string>): void {
    response.writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers })
    response.end(reaction.raw ?? (reaction.body === undefined ? '' : JSON.stringify(reaction.body)))
  }

  #usual(request: SeenRequest): Exclude<Reaction, string> {
    const [path, query = ''] = request.url.split('?', 2) as [string, string?]
    const bare = path.endsWith('/') ? path.slice(0, -1) : path
    if (request.method === 'POST' && bare === '/redfish/v1/SessionService/Sessions') return this.#logIn(request.body)
    if (bare !== '/redfish/v1' && !this.#authenticated(request)) return refusal(401, 'AccessDenied', 'no session')
    if (request.method === 'DELETE' && bare.startsWith('/redfish/v1/SessionService/Sessions/'))
      return this.#logOut(request)
    if (request.method === 'POST' && bare.endsWith('/Actions/ComputerSystem.Reset'))
      return this.#reset(bare, request.body)
    const document = this.tree.get(bare)
    if (document === undefined) return refusal(404, 'ResourceMissingAtURI', 'there is no such resource')
    return { status: 200, body: query.includes('$expand') ? this.#expanded(document) : document }
  }

  #expanded(document: Document): Document {
    const members = listOf(document['Members']).map((member) => this.tree.get(String(fieldOf(member, '@odata.id'))))
    return {
      ...document,
      Members: members.map((member, at) => ({ ...documentOf(listOf(document['Members'])[at]), ...member })),
    }
  }

  #authenticated(request: SeenRequest): boolean {
    const basic = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}`
    return this.tokens.has(String(request.headers['x-auth-token'])) || request.headers.authorization === basic
  }

  #logIn(body: unknown): Exclude<Reaction, string> {
    if (fieldOf(body, 'UserName') !== this.username || fieldOf(body, 'Password') !== this.password) {
      return refusal(401, 'ResourceAtUriUnauthorized', 'invalid username or password')
    }
    const token = randomUUID()
    this.tokens.add(token)
    this.sessionsMade++
    const location = `/redfish/v1/SessionService/Sessions/${token}`
    return { status: 201, headers: { 'x-auth-token': token, location }, body: { '@odata.id': location } }
  }

  #logOut(request: SeenRequest): Exclude<Reaction, string> {
    this.tokens.delete(request.url.slice(request.url.lastIndexOf('/') + 1))
    this.sessionsDeleted++
    return { status: 204 }
  }

  #reset(path: string, body: unknown): Exclude<Reaction, string> {
    const systemPath = path.slice(0, path.indexOf('/Actions/'))
    const system = this.tree.get(systemPath)
    if (system === undefined) return refusal(404, 'ResourceMissingAtURI', 'there is no such system')
    const type = fieldOf(body, 'ResetType')
    this.tree.set(systemPath, { ...system, PowerState: type === 'On' || type === 'ForceOn' ? 'On' : 'Off' })
    return { status: 204 }
  }
}

/** An error as Redfish services write it. */
export function refusal(status: number, messageId: string, message: string): Exclude<Reaction, string> {
  const info = [{ MessageId: `Base.1.8.${messageId}`, Message: message }]
  return {
    status,
    body: { error: { code: 'Base.1.8.GeneralError', message: 'see ExtendedInfo', '@Message.ExtendedInfo': info } },
  }
}
