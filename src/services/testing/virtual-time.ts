import type { Clock } from '../../lib/clock.ts'

/**
 * Time that passes only when nothing else can happen: code under test runs until all of it waits, then the clocks jump
 * to the moment for which the first one waits. A story of hours takes milliseconds, and is the same each time.
 */
export class VirtualTime implements Clock {
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = []
  readonly #onAdvance: (ms: number) => void
  #nowMs = 0

  constructor(onAdvance: (ms: number) => void = () => undefined) {
    this.#onAdvance = onAdvance
  }

  wallMs(): number {
    return Date.UTC(2026, 10, 21) + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Resolves after `ms`, or as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const sleeper = { atMs: this.#nowMs + Math.max(0, ms), wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => this.#wake(sleeper), { once: true })
    })
  }

  /** Lets time pass until `done`; throws when it was not within `limitMs`, or when nothing will ever happen. */
  async until(done: () => boolean, limitMs: number, what = 'the end of the story'): Promise<void> {
    const endMs = this.#nowMs + limitMs
    for (;;) {
      await allWait()
      if (done()) return
      const next = this.#sleepers.reduce<number>((first, { atMs }) => Math.min(first, atMs), Infinity)
      if (next === Infinity) throw new Error(`nothing will ever happen, and ${what} did not`)
      if (next > endMs) throw new Error(`${what} did not come within ${limitMs} ms`)
      this.#jump(next)
    }
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    let isOver = false
    void this.sleep(ms).then(() => (isOver = true))
    await this.until(() => isOver, ms)
  }

  #jump(toMs: number): void {
    const ms = toMs - this.#nowMs
    this.#nowMs = toMs
    if (ms > 0) this.#onAdvance(ms)
    for (const sleeper of this.#sleepers.filter(({ atMs }) => atMs <= toMs)) this.#wake(sleeper)
  }

  #wake(sleeper: { readonly wake: () => void }): void {
    const index = this.#sleepers.findIndex((other) => other === sleeper)
    if (index >= 0) this.#sleepers.splice(index, 1)
    sleeper.wake()
  }
}

/** Resolves when everything that can run without time has run. */
function allWait(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
