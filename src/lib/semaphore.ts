import { trivetError } from './errors.ts'

/** Lets at most `limit` tasks run at once; the others wait in the order of their arrival, at most `waitingMax` of them. */
export class Semaphore {
  readonly #what: string
  readonly #limit: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: { readonly what: string; readonly limit: number; readonly waitingMax: number }) {
    this.#what = options.what
    this.#limit = options.limit
    this.#waitingMax = options.waitingMax
  }

  /** Runs the task when its turn comes and gives its result. Errors: OVERLOADED when too many wait; the task's own. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#enter()
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw trivetError('OVERLOADED', { what: this.#what, limit: this.#waitingMax, unit: 'waiting tasks' })
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands its place to the next one, so that none who comes between can take it. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}

/**
 * The one gate to libuv's thread pool for all work but LevelDB's: crypto, zlib, files, DNS. The pool of 16 threads is
 * the whole process's; without the gate a burst of hashing would stand before the log's synced writes.
 */
export const libuvPool = new Semaphore({ what: 'the thread pool', limit: 8, waitingMax: 10_000 })
