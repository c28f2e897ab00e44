import type { Defect } from '../bind-service.ts'
import { openChannel, type RpcChannel } from '../channel.ts'
import { createClient, type ServiceClient } from '../client.ts'
import { serve, type RpcServer, type ServeOptions } from '../server.ts'
import { service, type BoundService, type ServiceImplementation } from '../service.ts'
import { EchoService } from './echo.ts'
import { Forwarder } from './forwarder.ts'

/** Handlers of all four methods. */
export type EchoImplementation = ServiceImplementation<typeof EchoService>

/** Servers and channels of one test on loopback, closed together at its end. */
export class TestBench {
  readonly defects: Defect[] = []
  readonly #servers: RpcServer[] = []
  readonly #channels: RpcChannel[] = []
  readonly #forwarders: Forwarder[] = []

  /** A server on a free port; `listen` says another. */
  async serve(services: readonly BoundService[], options: Partial<ServeOptions> = {}): Promise<RpcServer> {
    const onDefect = (defect: Defect): void => void this.defects.push(defect)
    const server = await serve({ listen: '127.0.0.1:0', services, onDefect, ...options })
    this.#servers.push(server)
    return server
  }

  channel(address: string): RpcChannel {
    const channel = openChannel(address)
    this.#channels.push(channel)
    return channel
  }

  /** A server with these methods of the echo service. Methods that are not given fail. */
  serveEcho(methods: Partial<EchoImplementation>, options: Partial<ServeOptions> = {}): Promise<RpcServer> {
    return this.serve([echoService(methods)], options)
  }

  /** The same, and a client of it. */
  async echo(
    methods: Partial<EchoImplementation>,
    options: Partial<ServeOptions> = {},
  ): Promise<ServiceClient<typeof EchoService>> {
    const server = await this.serveEcho(methods, options)
    return this.client(this.channel(server.address))
  }

  client(channel: RpcChannel): ServiceClient<typeof EchoService> {
    return createClient(EchoService, channel)
  }

  /** A forwarder before a server, and the address to call it by. */
  async forward(target: string): Promise<{ readonly forwarder: Forwarder; readonly address: string }> {
    const forwarder = new Forwarder(target)
    this.#forwarders.push(forwarder)
    return { forwarder, address: await forwarder.listen() }
  }

  async close(): Promise<void> {
    for (const channel of this.#channels) channel.close()
    for (const forwarder of this.#forwarders) forwarder.cut()
    await Promise.all(this.#servers.map((server) => server.stop({ graceMs: 0 })))
  }
}

/** The echo service with these methods; the others answer with a defect. */
export function echoService(methods: Partial<EchoImplementation>): BoundService {
  const absent = (): never => {
    throw new Error('this test has no such method')
  }
  return service(EchoService, { say: absent, repeat: absent, gather: absent, converse: absent, ...methods })
}

/** All that a stream gives. */
export async function collected<Value>(stream: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = []
  for await (const value of stream) values.push(value)
  return values
}

/** A promise that stays open. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}
