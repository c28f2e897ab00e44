/** A script that a node fetched. */
export interface FetchedScript {
  readonly nodeId: string
  readonly attemptId: string
  readonly timeMs: number
}

/** Fetches that wait for the leader; beyond, the oldest are let go: the node's own report says more. */
export const waitingFetchesMax = 20_000

/** Fetches that go to the leader at once. */
export const batchFetchesMax = 500

/** How long a fetch waits for others to go with. */
const batchDelayMs = 50

/** Pause before a batch that could not be brought is tried again. */
const retryDelayMs = 500

/**
 * Brings fetches to the leader in batches, after the nodes were answered: a storm of 10,000 nodes is a few writes.
 * Only the last fetch of a node counts. What could not be brought is tried again as long as this peer lives.
 */
export class EvidenceBatch {
  readonly #report: (fetches: readonly FetchedScript[]) => Promise<void>
  readonly #waiting = new Map<string, FetchedScript>()
  #timer: NodeJS.Timeout | undefined
  #reporting = false
  #dropped = 0

  constructor(report: (fetches: readonly FetchedScript[]) => Promise<void>) {
    this.#report = report
  }

  /** Fetches that were let go because too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  add(fetch: FetchedScript): void {
    this.#waiting.delete(fetch.nodeId)
    this.#waiting.set(fetch.nodeId, fetch)
    if (this.#waiting.size > waitingFetchesMax) {
      const [oldest] = this.#waiting.keys()
      this.#waiting.delete(oldest!)
      this.#dropped += 1
    }
    this.#schedule(batchDelayMs)
  }

  /** Stops bringing; what waits is lost with this peer, and the nodes' reports stand for it. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#reporting || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#flush()
    }, delayMs)
  }

  async #flush(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, batchFetchesMax)
    this.#reporting = true
    let delayMs = 0
    try {
      await this.#report(batch)
      for (const fetch of batch) {
        if (this.#waiting.get(fetch.nodeId) === fetch) this.#waiting.delete(fetch.nodeId)
      }
    } catch {
      // No leader, or not now: the batch stays and is tried again.
      delayMs = retryDelayMs
    } finally {
      this.#reporting = false
    }
    this.#schedule(delayMs)
  }
}
