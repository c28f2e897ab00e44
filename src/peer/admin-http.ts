import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import type { Registry } from 'prom-client'
import type { ListenAddress } from './listen-address.ts'
import type { Readiness } from './readiness.ts'
import { verboseChecks } from './readiness.ts'
import { listenFailed } from './require-free.ts'

/** A request has to be there whole within this time; monitoring sends a few lines. */
const requestTimeoutMs = 5_000

const plainText = 'text/plain; charset=utf-8'

/** What operators and their monitoring ask. */
export interface AdminSources {
  readonly readiness: Readiness
  readonly registry: Registry
}

/** The listener for operators and their monitoring. */
export class AdminHttp {
  readonly #server: FastifyInstance

  constructor(sources: AdminSources) {
    this.#server = adminServer(sources)
  }

  /** Listens; resolves with where. Throws LISTEN_FAILED. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    try {
      await this.#server.listen(address)
    } catch (error) {
      throw listenFailed(address, error)
    }
    const bound = this.#server.addresses()[0]
    return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
  }

  async close(): Promise<void> {
    await this.#server.close()
  }
}

/** The routes. The answers are ours alone, and nothing takes a body. */
export function adminServer({ readiness, registry }: AdminSources): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
  })
  server.setNotFoundHandler((_request, reply) => reply.code(404).type(plainText).send('nothing is here\n'))
  server.get('/livez', (_request, reply) => reply.type(plainText).send('ok\n'))
  server.get<{ Querystring: Record<string, string | undefined> }>('/readyz', (request, reply) => {
    const checks = readiness.checks()
    const ready = checks.every(({ ok }) => ok)
    const verbose = request.query['verbose'] !== undefined || !ready
    // Monitoring asks again by itself; Retry-After keeps impatient clients away. Never on routes for nodes (R3).
    if (!ready) reply.code(503).header('retry-after', '1')
    return reply.type(plainText).send(verbose ? verboseChecks('readyz', checks) : 'ok\n')
  })
  server.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics()
    return reply.type(registry.contentType).send(text)
  })
  return server
}
