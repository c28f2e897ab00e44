import type { WatchChangesResponse } from '../../../src/gen/trivet/change/v1/change_pb.ts'
import { ChangeService } from '../../../src/gen/trivet/change/v1/change_pb.ts'
import type { PeerProcess } from './peer-process.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Collects every change behind a revision, over as many peers as it takes. */
export class ChangeWatcher {
  readonly changes: WatchChangesResponse[] = []
  readonly #stopped = new AbortController()
  readonly #running: Promise<void>

  /** Tries the peers in this order. `onChange` is told of each change as it comes. */
  constructor(
    site: Site,
    options: {
      readonly peers: readonly PeerProcess[]
      readonly afterRevision: number
      readonly onChange?: (change: WatchChangesResponse) => void
    },
  ) {
    const stream = site
      .connect(options.peers)
      .client(ChangeService)
      .watchChanges(
        { afterRevision: BigInt(options.afterRevision) },
        {
          signal: this.#stopped.signal,
          resume: (last, asked) => ({ ...asked, afterRevision: last.revision }),
        },
      )
    this.#running = (async () => {
      for await (const change of stream) {
        if (change.bookmark) continue
        this.changes.push(change)
        options.onChange?.(change)
      }
    })()
    // What it fails with is taken where it is stopped.
    this.#running.catch(() => undefined)
  }

  async reached(revision: number): Promise<void> {
    await until(
      `the watch has come to revision ${revision}`,
      async () => (Number(this.changes.at(-1)?.revision ?? 0) >= revision ? true : undefined),
      { timeoutMs: 20_000 },
    )
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running.catch((error: unknown) => {
      if (!String(error).includes('cancelled')) throw error
    })
  }
}
