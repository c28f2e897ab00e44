import { Client, type buildConnector } from 'undici'
import { limits } from './limits.ts'

/**
 * The few connections to one BMC. The first free one serves, and the second is opened only while the first is busy:
 * undici's Pool opens it for every request that follows right behind another, because a connection counts as busy for
 * one more turn of the loop.
 */
export class Lanes {
  readonly #clients: Client[] = []
  readonly #busy: number[] = []
  readonly #connectionsMax: number
  readonly #open: () => Client

  constructor(options: {
    readonly origin: string
    readonly connect: buildConnector.connector
    readonly connectionsMax: number
  }) {
    this.#connectionsMax = options.connectionsMax
    this.#open = () =>
      new Client(options.origin, {
        connect: options.connect,
        pipelining: 1,
        keepAliveTimeout: limits.keepAliveMs,
        keepAliveMaxTimeout: limits.keepAliveMs,
      })
  }

  /** Runs the task with the connection that has least to do. */
  async run<Result>(task: (client: Client) => Promise<Result>): Promise<Result> {
    const lane = this.#least()
    this.#busy[lane]!++
    try {
      return await task(this.#clients[lane]!)
    } finally {
      this.#busy[lane]!--
    }
  }

  /** Runs the task with a connection of its own, which is closed behind it. */
  async runApart<Result>(task: (client: Client) => Promise<Result>): Promise<Result> {
    const client = this.#open()
    try {
      return await task(client)
    } finally {
      await client.destroy()
    }
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()))
  }

  #least(): number {
    const lane = this.#busy.indexOf(Math.min(...this.#busy))
    const isFree = lane >= 0 && this.#busy[lane] === 0
    if (isFree || this.#clients.length >= this.#connectionsMax) return lane
    this.#clients.push(this.#open())
    return this.#busy.push(0) - 1
  }
}
