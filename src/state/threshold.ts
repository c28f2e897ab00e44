/** Those who wait until a number that only grows has reached theirs. */
export class Threshold {
  /** Ascending; most come in that order. */
  #waiting: { readonly at: number; readonly resolve: () => void }[] = []
  #reached: number

  constructor(reached: number) {
    this.#reached = reached
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  /** Resolves when the number has reached `at`; rejects with the reason of `signal` when that aborts before. */
  when(at: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (at <= this.#reached) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter)
        reject(signal!.reason as Error)
      }
      const waiter = {
        at,
        resolve: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      let position = this.#waiting.length
      while (position > 0 && this.#waiting[position - 1]!.at > at) position -= 1
      this.#waiting.splice(position, 0, waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** The number is now `reached`. */
  advance(reached: number): void {
    this.#reached = reached
    const first = this.#waiting[0]
    if (first === undefined || first.at > reached) return
    let count = this.#waiting.findIndex((one) => one.at > reached)
    if (count < 0) count = this.#waiting.length
    for (const { resolve } of this.#waiting.splice(0, count)) resolve()
  }
}
