import type { Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands between a guest and the boot listener of a peer, and keeps what was asked. The guest reaches loopback of this
 * machine under an address of its own, so it cannot use the peer's.
 */
export class LoggingProxy {
  /** What was asked: method and path, in order. */
  readonly asked: string[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** `target` gives `host:port` when the first request comes: the peer may start later. */
  static async start(target: () => string): Promise<LoggingProxy> {
    const server = createServer()
    const proxy = new LoggingProxy(server)
    server.on('request', (incoming, outgoing) => {
      proxy.asked.push(`${incoming.method} ${incoming.url}`)
      const [host, port] = target().split(':')
      const { method, url: path, headers } = incoming
      const passed = request({ host, port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      })
      passed.on('error', () => outgoing.destroy())
      incoming.pipe(passed)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
