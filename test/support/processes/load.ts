import { InventoryService } from '../../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { isTrivetError } from '../../../src/lib/errors.ts'
import type { PeerProcess } from './peer-process.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/**
 * Clients that create groups all the time, each one after the other. A client whose outcome is unknown asks again
 * with the same request id until it knows, as the error tells it to.
 */
export class Load {
  readonly #stopped = new AbortController()
  readonly #working: Promise<void>[] = []
  readonly #acknowledged: string[] = []
  readonly #failed: string[] = []
  #unknown = 0
  #lastMs = performance.now()
  #largestGapMs = 0

  /** Starts one client for each list of peers, which it tries in that order. */
  constructor(site: Site, prefix: string, peersOfClients: readonly (readonly PeerProcess[])[]) {
    for (const [index, peers] of peersOfClients.entries()) {
      const inventory = site.connect(peers).client(InventoryService)
      this.#working.push(this.#work(inventory, `${prefix}-${index}`))
    }
  }

  /** Names of the groups that a peer said it has created. */
  get acknowledged(): readonly string[] {
    return this.#acknowledged
  }

  /** What calls failed with, other than an outcome that was not known at first. */
  get failed(): readonly string[] {
    return this.#failed
  }

  /** Calls that had to be asked again by hand. */
  get unknown(): number {
    return this.#unknown
  }

  /** Longest time between two acknowledgements, of whichever clients. */
  get largestGapMs(): number {
    return Math.round(this.#largestGapMs)
  }

  /** Waits until `count` more groups have been created; clients go on until `stop`, or until one of their calls fails. */
  async more(count: number): Promise<void> {
    const wanted = this.#acknowledged.length + count
    const reached = async (): Promise<true | undefined> => {
      const missing = wanted - this.#acknowledged.length
      if (missing <= 0) return true
      throw new Error(`${missing} are missing; failed: ${this.#failed.join('; ')}`)
    }
    await until(`${count} more writes`, reached, { timeoutMs: 60_000, pauseMs: 5 })
  }

  /** Resolves when every client knows what became of its last call. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#working)
  }

  async #work(inventory: Pick<InventoryClient, 'createGroup'>, prefix: string): Promise<void> {
    for (let count = 0; !this.#stopped.signal.aborted; count++) {
      const name = `${prefix}-${count}`
      try {
        await this.#create(inventory, name)
        this.#acknowledge(name)
      } catch (error) {
        // It would fail again, and the next time at once: nothing else in this process would run any more.
        this.#failed.push(`${name}: ${String(error)}`)
        return
      }
    }
  }

  async #create(inventory: Pick<InventoryClient, 'createGroup'>, name: string): Promise<void> {
    let requestId = ''
    for (;;) {
      try {
        await inventory.createGroup({ name, write: { requestId, retry: requestId !== '' } })
        return
      } catch (error) {
        if (!isTrivetError(error, 'OUTCOME_UNKNOWN')) throw error
        this.#unknown++
        requestId = String(error.params['requestId'])
      }
    }
  }

  #acknowledge(name: string): void {
    const now = performance.now()
    this.#largestGapMs = Math.max(this.#largestGapMs, now - this.#lastMs)
    this.#lastMs = now
    this.#acknowledged.push(name)
  }
}

type InventoryClient = ReturnType<typeof clientOf>

function clientOf(site: Site) {
  return site.client(InventoryService)
}
