import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { fetchedFrom, scriptPath } from '../support/processes/node-scripts.ts'
import type { Fetched } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import type { Site } from '../support/processes/site.ts'
import type { VersionedNode } from './versioned-node.ts'

/** A peer that stood still for long answers late. */
const timeoutMs = 30_000

/** One read that was answered. */
export interface Read {
  readonly of: 'api' | 'boot'
  /** The newest version that had been acknowledged when it was asked for. */
  readonly atLeast: number
  readonly version: number
  /** The answer says itself that it may be old. */
  readonly marked: boolean
}

/** Asks one peer for a node, at its API and at its listener for nodes, over connections that stay open. */
export class Reads {
  readonly answered: Read[] = []
  /** Reads that were refused, or whose connection broke. */
  readonly failed: string[] = []
  readonly #node: VersionedNode
  readonly #peer: PeerProcess
  readonly #inventory: ReturnType<typeof clientOf>
  readonly #agent: Agent
  readonly #running: Promise<void>[] = []
  #stopped = false

  constructor(site: Site, peer: PeerProcess, node: VersionedNode) {
    this.#node = node
    this.#peer = peer
    this.#inventory = clientOf(site, peer)
    this.#agent = new Agent({ keepAlive: true })
  }

  /** Asks so many times at once at each of both; resolves when every one of them has ended. */
  async ask(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => [this.#askApi(), this.#askBoot()]).flat())
  }

  /** From now on asks all the time, so many at once at each of both. */
  start(count: number): void {
    const loop = async (ask: () => Promise<void>): Promise<void> => {
      while (!this.#stopped) await ask()
    }
    for (let number = 0; number < count; number++) {
      this.#running.push(
        loop(() => this.#askApi()),
        loop(() => this.#askBoot()),
      )
    }
  }

  /** Resolves when all that was asked has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
    this.#agent.destroy()
  }

  async #askApi(): Promise<void> {
    await this.#read('api', async () => {
      const { node } = await this.#inventory.getNode({ node: this.#node.xname }, { timeoutMs })
      return { version: this.#node.versionOfHostname(node?.hostname ?? ''), marked: false }
    })
  }

  async #askBoot(): Promise<void> {
    await this.#read('boot', async () => {
      const { sha256, stale } = await this.#fetch()
      return { version: this.#node.versionOfScript(sha256), marked: stale }
    })
  }

  async #read(of: Read['of'], ask: () => Promise<Pick<Read, 'version' | 'marked'>>): Promise<void> {
    const atLeast = this.#node.acknowledged
    try {
      this.answered.push({ of, atLeast, ...(await ask()) })
    } catch (error) {
      this.failed.push(`${of}: ${String(error)}`)
    }
  }

  async #fetch(): Promise<Fetched> {
    const { promise, resolve, reject } = Promise.withResolvers<Fetched>()
    const url = `http://${this.#peer.addresses.node}${scriptPath(this.#node.mac)}`
    const outgoing = request(url, { agent: this.#agent, timeout: timeoutMs })
    outgoing.once('error', reject)
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')))
    outgoing.once('response', (answer) => {
      const stale = answer.headers['trivet-stale'] !== undefined
      void text(answer).then((script) => resolve(fetchedFrom(script, stale)), reject)
    })
    outgoing.end()
    return promise
  }
}

function clientOf(site: Site, peer: PeerProcess) {
  return site.clientOf(peer, InventoryService)
}
