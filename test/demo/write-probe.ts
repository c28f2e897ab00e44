import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { askClusterTime } from '../support/processes/cluster-time.ts'
import { connectCluster } from '../../src/rpc/failover-client.ts'

/** Pause between two writes of the probe. */
const intervalMs = 20

/**
 * Writes through the API all the time, one write after another, and measures the largest gap between two
 * acknowledgements: how long nobody could change anything.
 */
export class WriteProbe {
  #stopped = false
  #lastAcknowledgedMs = performance.now()
  #largestGapMs = 0
  #acknowledged = 0
  #running: Promise<void> = Promise.resolve()
  readonly #addresses: readonly string[]

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses
  }

  get largestGapMs(): number {
    return Math.round(this.#largestGapMs)
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  async start(): Promise<void> {
    const cluster = connectCluster({ addresses: this.#addresses, askClusterTime })
    const inventory = cluster.client(InventoryService)
    await inventory.createGroup({ name: 'probe' })
    this.#lastAcknowledgedMs = performance.now()
    this.#running = (async () => {
      for (let count = 0; !this.#stopped; count++) {
        await inventory.updateGroup({ group: 'probe', description: `write ${count}` }, { timeoutMs: 15_000 })
        const now = performance.now()
        this.#largestGapMs = Math.max(this.#largestGapMs, now - this.#lastAcknowledgedMs)
        this.#lastAcknowledgedMs = now
        this.#acknowledged += 1
        await new Promise((resolve) => setTimeout(resolve, intervalMs))
      }
      await inventory.deleteGroup({ group: 'probe' })
      cluster.close()
    })()
    // The failure is taken where the probe is stopped.
    this.#running.catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}
