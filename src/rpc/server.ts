import { setTimeout } from 'node:timers/promises'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { trivetError } from '../lib/errors.ts'
import { listenReason } from '../lib/system-reasons.ts'
import { bindService, type BindOptions, type Defect } from './bind-service.ts'
import { serverOptions } from './channel-options.ts'
import { Health, healthService } from './health.ts'
import type { Interceptor } from './interceptor.ts'
import { OpenStreams } from './open-streams.ts'
import { reflectionService } from './reflection.ts'
import type { BoundService } from './service.ts'

/** Calls that are being answered get this long before their connections are cut. */
const graceMsDefault = 500

/** Once the connections are cut, a server that has not closed after this long is forced to. */
const closeTimeoutMs = 1000

export interface ServeOptions {
  /** `host:port`; port 0 takes any free one, and `RpcServer.address` says which. */
  readonly listen: string
  readonly services: readonly BoundService[]
  /** They stand around every handler of `services`, the first one outermost; health and reflection stay free. */
  readonly interceptors?: readonly Interceptor[]
  /** Told of every error that is none of our catalogue, with the request id that the caller was given. */
  readonly onDefect: (defect: Defect) => void
  /** What the health service says; by default `''` and every service are SERVING until the server stops. */
  readonly health?: Health
}

export interface StopOptions {
  /** NOT_SERVING for this long before anything is closed, so that load balancers look elsewhere first. */
  readonly lameDuckMs?: number
  /** Unary calls that are not answered after this long are cut; 500 ms by default. */
  readonly graceMs?: number
}

/** A listening server. */
export interface RpcServer {
  /** `host:port` that it is bound to. */
  readonly address: string
  readonly health: Health
  /**
   * Stops: health says NOT_SERVING, streams end with NOT_READY, unary calls are answered, then connections close. New
   * calls are sent elsewhere by their clients without an error (GOAWAY). Never rejects; a second call joins the first.
   */
  stop(options?: StopOptions): Promise<void>
}

/**
 * Serves gRPC with reflection and health beside the given services.
 * Throws LISTEN_FAILED when the address is taken or is none.
 */
export async function serve(options: ServeOptions): Promise<RpcServer> {
  const health = options.health ?? healthOf(options.services)
  const { interceptors = [], onDefect } = options
  const openStreams = new OpenStreams()
  const server = new Server(serverOptions)
  const bind = (bound: BoundService, around: BindOptions['interceptors']): void => {
    bindService(server, bound, { interceptors: around, onDefect, openStreams })
  }
  const ownServices = [healthService(health)]
  for (const bound of options.services) bind(bound, interceptors)
  const described = [...options.services, ...ownServices].map(({ descriptor }) => descriptor)
  for (const bound of [...ownServices, reflectionService(described)]) bind(bound, [])

  const address = await listen(server, options.listen)
  let stopped: Promise<void> | undefined
  return {
    address,
    health,
    stop: (how = {}) => (stopped ??= stop({ server, address, health, openStreams }, how)),
  }
}

function healthOf(services: readonly BoundService[]): Health {
  const health = new Health()
  health.set('', true)
  for (const { descriptor } of services) health.set(descriptor.typeName, true)
  return health
}

function listen(server: Server, address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      server.forceShutdown()
      reject(trivetError('LISTEN_FAILED', { address, reason: listenReason(error) }, { cause: error }))
    }
    try {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(`${address.slice(0, address.lastIndexOf(':'))}:${port}`)
        else fail(error)
      })
    } catch (error) {
      // An address that does not parse is thrown, not called back.
      fail(error as Error)
    }
  })
}

interface Running {
  readonly server: Server
  readonly address: string
  readonly health: Health
  readonly openStreams: OpenStreams
}

async function stop({ server, address, health, openStreams }: Running, options: StopOptions): Promise<void> {
  const { lameDuckMs = 0, graceMs = graceMsDefault } = options
  health.stop()
  // At least one turn of the loop, so that health watchers are told before their streams end.
  await setTimeout(lameDuckMs)
  const forced = globalThis.setTimeout(() => server.forceShutdown(), graceMs + closeTimeoutMs)
  // `drain` tells each connection to go away once its calls are answered, and cuts it after the grace period;
  // `tryShutdown` closes the listener and waits for the connections. In one turn, so that nobody connects in between.
  server.drain(address, graceMs)
  openStreams.stop(trivetError('NOT_READY', { reason: 'it is stopping' }))
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
  clearTimeout(forced)
}
