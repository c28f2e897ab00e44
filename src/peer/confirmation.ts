import type { LinearizableRead } from '../state/replica.ts'

/** When this peer last knew that it is up to date: a ReadIndex round was answered, and is applied here. */
export class Confirmation {
  readonly #read: (timeoutMs: number) => Promise<LinearizableRead>
  readonly #monotonicMs: () => number
  readonly #onFirst: () => void
  #atMs: number
  #isConfirmed = false
  #lastRead: { readonly asked: Promise<LinearizableRead>; readonly read: Promise<LinearizableRead> } | undefined

  constructor(ports: {
    readonly read: (timeoutMs: number) => Promise<LinearizableRead>
    readonly monotonicMs: () => number
    /** Called once, at the first one. */
    readonly onFirst: () => void
  }) {
    this.#read = ports.read
    this.#monotonicMs = ports.monotonicMs
    this.#onFirst = ports.onFirst
    this.#atMs = ports.monotonicMs()
  }

  /** It was up to date at least once since it started. */
  get isConfirmed(): boolean {
    return this.#isConfirmed
  }

  /** Milliseconds since it was up to date; since it started, if it never was. */
  get ageMs(): number {
    return this.#monotonicMs() - this.#atMs
  }

  /** A linearizable read; one that is answered confirms. Reads that share a round share the promise. */
  linearizable(timeoutMs: number): Promise<LinearizableRead> {
    // What is shown was up to date when the round began, not when it ended.
    const beganMs = this.#monotonicMs()
    const asked = this.#read(timeoutMs)
    if (asked === this.#lastRead?.asked) return this.#lastRead.read
    const read = this.#confirmed(asked, beganMs)
    this.#lastRead = { asked, read }
    return read
  }

  async #confirmed(asked: Promise<LinearizableRead>, beganMs: number): Promise<LinearizableRead> {
    const read = await asked
    if (!read.ok) return read
    this.#atMs = Math.max(this.#atMs, beganMs)
    if (!this.#isConfirmed) {
      this.#isConfirmed = true
      this.#onFirst()
    }
    return read
  }
}
