import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP forwarder on loopback that can cut its connections as a killed process does, or freeze as a stopped one. */
export class Forwarder {
  readonly #target: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #frozen = false

  constructor(target: string) {
    this.#target = target
    this.#server = createServer((incoming) => this.#forward(incoming))
  }

  /** Starts to listen; resolves with its address. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resets every connection and takes no new ones. */
  cut(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Keeps every connection open and passes nothing on any more; new ones are accepted and treated alike. */
  freeze(): void {
    this.#frozen = true
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  #forward(incoming: Socket): void {
    const [host, port] = this.#target.split(':')
    const outgoing = connect(Number(port), host)
    for (const socket of [incoming, outgoing]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        incoming.destroy()
        outgoing.destroy()
      })
    }
    if (this.#frozen) incoming.pause()
    else incoming.pipe(outgoing).pipe(incoming)
  }
}
