/**
 * Lets a loop wait for something to happen without missing what happened while it was busy: a notice that comes
 * between two waits ends the next one at once.
 */
export class WakeUp {
  #noticed = false
  #wake: () => void = () => undefined

  notify(): void {
    this.#noticed = true
    this.#wake()
  }

  /** Resolves at the next notice, or when `atLatest` resolves. */
  async wait(atLatest: Promise<void>): Promise<void> {
    if (!this.#noticed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await Promise.race([promise, atLatest])
    }
    this.#noticed = false
  }
}
