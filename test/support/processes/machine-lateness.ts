import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * How often this machine runs a thread late that has nothing to do but to tick: what no program on it can avoid, and no
 * test may blame on one. On a machine that is not overloaded it is never.
 */
export class MachineLateness {
  readonly #worker: Worker

  /** Ticks that come more than `slackMs` late count. */
  constructor(options: { readonly tickMs: number; readonly slackMs: number }) {
    this.#worker = new Worker(new URL('bare-timer.ts', import.meta.url), { workerData: options })
  }

  /** Late ticks since the start. */
  async count(): Promise<number> {
    this.#worker.postMessage('count')
    const [late] = (await once(this.#worker, 'message')) as [number]
    return late
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
