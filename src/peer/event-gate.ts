/**
 * Holds events back until those who take them are there: a member speaks as soon as it starts, and what it says must
 * reach a replica that can answer, in order.
 */
export class EventGate {
  #waiting: (() => void)[] | undefined = []

  pass(event: () => void): void {
    if (this.#waiting === undefined) event()
    else this.#waiting.push(event)
  }

  /** Lets through what waits, and what comes meanwhile behind it; then everything at once. */
  open(): void {
    for (let event = this.#waiting?.shift(); event !== undefined; event = this.#waiting?.shift()) event()
    this.#waiting = undefined
  }
}
