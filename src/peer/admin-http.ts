import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import type { Registry } from 'prom-client'
import type { ListenAddress } from './listen-address.ts'
import type { Readiness } from './readiness.ts'
import { verboseChecks } from './readiness.ts'

/** The listener for operators and their monitoring. */
export class AdminHttp {
  readonly #server: FastifyInstance

  constructor(options: { readonly readiness: Readiness; readonly registry: Registry }) {
    const { readiness, registry } = options
    // The answers are ours alone; nothing takes a body.
    this.#server = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true })
    this.#server.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
    this.#server.get<{ Querystring: Record<string, string | undefined> }>('/readyz', (request, reply) => {
      const checks = readiness.checks()
      const ready = checks.every(({ ok }) => ok)
      const verbose = request.query['verbose'] !== undefined || !ready
      // Monitoring asks again by itself; Retry-After keeps impatient clients away. Never on routes for nodes (R3).
      if (!ready) reply.code(503).header('retry-after', '1')
      return reply.type('text/plain').send(verbose ? verboseChecks('readyz', checks) : 'ok\n')
    })
    this.#server.get('/metrics', async (_request, reply) => {
      const text = await registry.metrics()
      return reply.type(registry.contentType).send(text)
    })
  }

  /** Listens; resolves with where. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    await this.#server.listen(address)
    const bound = this.#server.addresses()[0]
    return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
  }

  async close(): Promise<void> {
    await this.#server.close()
  }
}
