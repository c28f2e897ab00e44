import { relayedBytesMax } from './limits.ts'

/**
 * Keeps what relayed messages main has been given within a limit: beyond it they are not taken in, so that they wait
 * at their senders and not in this process.
 */
export class RelayIntake {
  readonly #take: (taken: boolean) => void
  #bytes = 0
  #open = true

  /** `take` opens and closes the intake. */
  constructor(take: (taken: boolean) => void) {
    this.#take = take
  }

  given(bytes: number): void {
    this.#bytes += bytes
    if (this.#open && this.#bytes > relayedBytesMax) this.#set(false)
  }

  taken(bytes: number): void {
    this.#bytes -= bytes
    if (!this.#open && this.#bytes <= relayedBytesMax / 2) this.#set(true)
  }

  #set(open: boolean): void {
    this.#open = open
    this.#take(open)
  }
}
