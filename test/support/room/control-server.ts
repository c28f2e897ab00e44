import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { BmcServer } from './bmc/bmc-server.ts'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'
import type { Room } from './room.ts'

const bodyBytesMax = 1_048_576
const waitMsMax = 60_000
const linesMax = 10_000

/** What a route answers. */
interface Reply {
  readonly status: number
  /** Sent as JSON, or as it is when it is text. */
  readonly body: unknown
}

interface Call {
  readonly query: URLSearchParams
  /** What the route's pattern captured. */
  readonly captured: string
  readonly body: unknown
}

interface Route {
  readonly method: string
  readonly path: RegExp
  readonly run: (call: Call) => Reply | Promise<Reply>
}

/** A request that makes no sense; its message goes to the client. */
class BadRequest extends Error {}

/** The room's own HTTP: who tests reads here what happened, and arranges what shall happen. */
export class ControlServer {
  readonly #room: Room
  readonly #listening: Listening
  readonly #routes: readonly Route[]

  static async start(options: {
    readonly room: Room
    readonly host: string
    readonly port: number
  }): Promise<ControlServer> {
    const server = createServer((request, response) => {
      control.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    const control: ControlServer = new ControlServer(options.room, await listen(server, options))
    return control
  }

  private constructor(room: Room, listening: Listening) {
    this.#room = room
    this.#listening = listening
    this.#routes = routesOf(room)
  }

  get url(): string {
    return `http://${this.#listening.host}:${this.#listening.port}`
  }

  close(): Promise<void> {
    return this.#listening.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://room')
    const { method, reply } = { method: request.method ?? 'GET', reply: await this.#replyTo(request, url) }
    const isText = typeof reply.body === 'string'
    const text = typeof reply.body === 'string' ? reply.body : `${JSON.stringify(reply.body, null, 2)}\n`
    response.writeHead(reply.status, {
      'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    })
    response.end(text)
    // Only when the answer is out: stopping closes this very listener.
    if (method === 'POST' && url.pathname === '/stop') response.once('close', () => void this.#room.stop())
  }

  async #replyTo(request: IncomingMessage, url: URL): Promise<Reply> {
    const candidates = this.#routes.filter((route) => route.path.test(url.pathname))
    const route = candidates.find((candidate) => candidate.method === request.method)
    if (route === undefined) {
      return candidates.length > 0
        ? { status: 405, body: { error: `${request.method ?? ''} is not for ${url.pathname}` } }
        : { status: 404, body: { error: `there is nothing at ${url.pathname}` } }
    }
    try {
      const captured = route.path.exec(url.pathname)?.[1] ?? ''
      return await route.run({ query: url.searchParams, captured, body: await jsonOf(request) })
    } catch (error) {
      if (error instanceof BadRequest) return { status: 400, body: { error: error.message } }
      throw error
    }
  }
}

function routesOf(room: Room): Route[] {
  const { faults, files, forwarder } = room
  return [
    { method: 'GET', path: /^\/$/, run: () => ok(summary(room)) },
    { method: 'GET', path: /^\/info$/, run: () => ok(room.info) },
    { method: 'GET', path: /^\/ledger$/, run: ({ query }) => ledgerLines(room, query) },
    { method: 'GET', path: /^\/nodes$/, run: () => ok(room.nodes()) },
    {
      method: 'GET',
      path: /^\/nodes\/([^/]+)$/,
      run: ({ captured }) => {
        const node = room.nodes().find(({ xname, mac }) => xname === captured || mac === captured)
        return node === undefined ? missing(captured) : ok(node)
      },
    },
    { method: 'GET', path: /^\/bmcs$/, run: () => ok(room.bmcs.map(bmcReport)) },
    { method: 'GET', path: /^\/counters$/, run: () => ok(counters(room)) },
    { method: 'GET', path: /^\/faults$/, run: () => ok(faults.report()) },
    {
      method: 'POST',
      path: /^\/faults$/,
      run: ({ body }) => {
        const rules: readonly unknown[] = Array.isArray(body) ? body : [body]
        return { status: 201, body: { ids: rules.map((rule) => orBadRequest(() => faults.add(rule))) } }
      },
    },
    {
      method: 'DELETE',
      path: /^\/faults$/,
      run: () => {
        faults.clear()
        return ok({})
      },
    },
    {
      method: 'DELETE',
      path: /^\/faults\/([^/]+)$/,
      run: ({ captured }) => (faults.remove(captured) ? ok({}) : missing(captured)),
    },
    { method: 'GET', path: /^\/forwarder$/, run: () => ok(forwarderReport(room)) },
    {
      method: 'PUT',
      path: /^\/forwarder$/,
      run: ({ body }) => {
        const targets = (body as { readonly targets?: unknown } | null)?.targets
        if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string')) {
          throw new BadRequest('the body is {"targets": ["host:port", …]}')
        }
        orBadRequest(() => forwarder.setTargets(targets))
        return ok(forwarderReport(room))
      },
    },
    {
      method: 'GET',
      path: /^\/files$/,
      run: () => ok({ url: files.url, images: room.info.images, ...files.counters }),
    },
    {
      method: 'GET',
      path: /^\/scripts\/([0-9a-f]{64})$/,
      run: ({ captured }) => {
        const text = room.scripts.get(captured)
        return text === undefined ? missing(captured) : ok(text)
      },
    },
    { method: 'POST', path: /^\/stop$/, run: () => ({ status: 202, body: {} }) },
  ]
}

async function ledgerLines(room: Room, query: URLSearchParams): Promise<Reply> {
  const kinds = query.get('kind')
  const lines = await room.ledger.waitFor(
    {
      after: numberIn(query, 'after', { default: 0, max: Number.MAX_SAFE_INTEGER }),
      limit: numberIn(query, 'limit', { default: linesMax, max: linesMax }),
      ...(kinds === null ? {} : { kinds: new Set(kinds.split(',')) }),
    },
    numberIn(query, 'wait', { default: 0, max: waitMsMax }),
  )
  if (query.get('format') === 'lines') return ok(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return ok({ lines, lastSeq: room.ledger.lastSeq })
}

function summary(room: Room): object {
  const nodes = room.nodes()
  const states: Record<string, number> = {}
  for (const { state } of nodes) states[state] = (states[state] ?? 0) + 1
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    nodes: nodes.length,
    states,
    bmcs: room.bmcs.length,
    ledger: { lastSeq: room.ledger.lastSeq },
    resets: {
      accepted: sum(room.bmcs.map((bmc) => bmc.counters.resets.accepted)),
      refused: sum(room.bmcs.map((bmc) => bmc.counters.resets.refused)),
      overlaps: sum(room.bmcs.map((bmc) => bmc.counters.resets.overlaps)),
    },
    bootsCompleted: sum(nodes.map((node) => node.bootsCompleted)),
    fetches: sum(nodes.map((node) => node.fetches)),
    failovers: sum(nodes.map((node) => node.failovers)),
    failedFetches: sum(nodes.map((node) => node.failedFetches)),
  }
}

function bmcReport(bmc: BmcServer): object {
  return {
    xname: bmc.xname,
    profile: bmc.profile.name,
    address: bmc.address,
    locked: bmc.locked,
    systems: bmc.systems.map(({ id, node, power }) => ({
      id,
      node: node.identity.xname,
      mac: node.identity.mac,
      power: power.physical,
      reported: power.reported,
      underWay: power.underWay ?? null,
    })),
  }
}

function counters(room: Room): object {
  const bmcs = room.bmcs.map((bmc) => {
    const { open, opened } = bmc.sessions
    return [bmc.xname, { ...bmc.counters, sessionsOpen: open, sessionsOpened: opened }]
  })
  return {
    bmcs: Object.fromEntries(bmcs) as object,
    files: room.files.counters,
    forwarder: room.forwarder.counters,
  }
}

function forwarderReport({ forwarder }: Room): object {
  return { address: forwarder.address, targets: forwarder.targets, ...forwarder.counters }
}

function ok(body: unknown): Reply {
  return { status: 200, body }
}

function missing(what: string): Reply {
  return { status: 404, body: { error: `there is no ${what}` } }
}

function orBadRequest<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new BadRequest((error as Error).message)
  }
}

function numberIn(
  query: URLSearchParams,
  name: string,
  limits: { readonly default: number; readonly max: number },
): number {
  const text = query.get(name)
  if (text === null) return limits.default
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > limits.max) throw new BadRequest(`${name} is a number up to ${limits.max}`)
  return value
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > bodyBytesMax) throw new BadRequest(`a body over ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text === '') return null
  return orBadRequest(() => JSON.parse(text) as unknown)
}
