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
  #reporting: Promise<void> | undefined
  #stopped = false
  #delayMs = 0
  #dropped = 0

  constructor(report: (fetches: readonly FetchedScript[]) => Promise<void>) {
    this.#report = report
  }

  /** Fetches that were let go because too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  add(fetch: FetchedScript): void {
    if (this.#stopped) return
    this.#waiting.delete(fetch.nodeId)
    this.#waiting.set(fetch.nodeId, fetch)
    if (this.#waiting.size > waitingFetchesMax) {
      const [oldest] = this.#waiting.keys()
      this.#waiting.delete(oldest!)
      this.#dropped += 1
    }
    this.#schedule(batchDelayMs)
  }

  /**
   * Brings once more what waits, within `timeoutMs`, and ends. What does not arrive is lost with this peer; the nodes'
   * own reports stand for it.
   */
  async stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#timer)
    this.#stopped = true
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, timeoutMs)
    await Promise.race([this.#bringRest(), late])
    clearTimeout(timer)
    this.#waiting.clear()
  }

  async #bringRest(): Promise<void> {
    await this.#reporting
    for (let before = Infinity; this.#waiting.size > 0 && this.#waiting.size < before;) {
      before = this.#waiting.size
      await this.#flush()
    }
  }

  #schedule(delayMs: number): void {
    if (this.#stopped || this.#timer !== undefined || this.#reporting !== undefined || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#reporting = this.#flush().finally(() => (this.#reporting = undefined))
      void this.#reporting.then(() => this.#schedule(this.#delayMs))
    }, delayMs)
  }

  /** Brings one batch. Never rejects: what did not arrive stays, and is tried again after a pause. */
  async #flush(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, batchFetchesMax)
    try {
      await this.#report(batch)
      for (const fetch of batch) {
        if (this.#waiting.get(fetch.nodeId) === fetch) this.#waiting.delete(fetch.nodeId)
      }
      this.#delayMs = 0
    } catch {
      // No leader, or not now.
      this.#delayMs = retryDelayMs
    }
  }
}
