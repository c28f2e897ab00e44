import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

/** Where the forwarder sends connections, `host:port`. */
export type Target = string

export interface ForwarderCounters {
  connections: number
  /** Connections that no target took; the client saw a reset. */
  untaken: number
  /** Target → connections that it took, and tries that it refused. */
  readonly byTarget: Record<Target, { taken: number; refused: number }>
}

/** Longest wait for a target to take a connection, real milliseconds; a dead host on the same network shows in that. */
const connectTimeoutMs = 1_000

/** Connections whose target is remembered after they closed. */
const rememberedMax = 10_000

/**
 * The first hop: it stands for a virtual address of the site, which is all that nodes know. It looks at no byte: each
 * connection goes to the first target that takes it, in the order of the list, and stays there.
 */
export class Forwarder {
  readonly #listening: Listening
  readonly #taken = new Map<string, Target>()
  #targets: readonly Target[] = []
  readonly counters: ForwarderCounters = { connections: 0, untaken: 0, byTarget: {} }

  static async start(options: {
    readonly host: string
    readonly port: number
    readonly targets: readonly Target[]
  }): Promise<Forwarder> {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (client) => void forwarder.#forward(client))
    const forwarder = new Forwarder(await listen(server, options))
    forwarder.setTargets(options.targets)
    return forwarder
  }

  private constructor(listening: Listening) {
    this.#listening = listening
  }

  get address(): string {
    return `${this.#listening.host}:${this.#listening.port}`
  }

  get targets(): readonly Target[] {
    return this.#targets
  }

  /** Replaces the list; connections that are open stay where they are. Throws when one is not `host:port`. */
  setTargets(targets: readonly Target[]): void {
    for (const target of targets) splitTarget(target)
    this.#targets = [...targets]
  }

  /** The target that took the connection which a client opened from this address and port. */
  targetOf(client: { readonly address: string; readonly port: number }): Target | undefined {
    return this.#taken.get(`${client.address}:${client.port}`)
  }

  close(): Promise<void> {
    return this.#listening.close()
  }

  async #forward(client: Socket): Promise<void> {
    this.counters.connections++
    client.on('error', () => client.destroy())
    const key = `${client.remoteAddress ?? ''}:${client.remotePort ?? 0}`
    for (const target of this.#targets) {
      const counted = (this.counters.byTarget[target] ??= { taken: 0, refused: 0 })
      const server = await tryConnect(target)
      if (server === undefined) {
        counted.refused++
        continue
      }
      counted.taken++
      this.#remember(key, target)
      join(client, server)
      return
    }
    this.counters.untaken++
    client.resetAndDestroy()
  }

  #remember(key: string, target: Target): void {
    this.#taken.delete(key)
    this.#taken.set(key, target)
    if (this.#taken.size > rememberedMax) this.#taken.delete(this.#taken.keys().next().value!)
  }
}

/** A connection to the target; `undefined` when it refuses or does not answer in time. */
function tryConnect(target: Target): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...splitTarget(target), noDelay: true })
    const giveUp = () => {
      socket.destroy()
      resolve(undefined)
    }
    socket.setTimeout(connectTimeoutMs, giveUp)
    socket.once('error', giveUp)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', giveUp)
      resolve(socket)
    })
  })
}

/** Joins two connections; what happens to one happens to the other, a reset included. */
function join(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => to.resetAndDestroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
  if (client.destroyed) server.destroy()
}

function splitTarget(target: Target): { readonly host: string; readonly port: number } {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}|localhost):(\d{1,5})$/.exec(target)
  if (match === null) throw new Error(`a target is host:port, not "${target}"`)
  return { host: match[1]!, port: Number(match[2]) }
}
