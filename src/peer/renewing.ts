/** Why something is made anew: its state was wrong, or a newer one has arrived from another peer. */
export type Outdated = 'wrong' | 'behind'

/** What is run: it may find out that it has to begin anew. */
export interface Renewable {
  /** Resolves when it must be stopped and made anew; never if not. */
  readonly outdated: Promise<Outdated>
  stop(): Promise<void>
}

/**
 * Times that something that was wrong is made anew in one life of the process. What does not help once will not help twice, and
 * somebody has to look at it.
 */
export const renewalsMax = 1

/**
 * Runs something that is stopped and made anew when it says so: a peer whose state turned out to be wrong makes it anew
 * from its log. Rejects like `make`; `failed` is told what goes wrong later.
 */
export class Renewing<Running extends Renewable> {
  readonly #make: () => Promise<Running>
  readonly #failed: (error: unknown) => void
  #current: Running
  #renewals = 0
  #renewing: Promise<void> = Promise.resolve()
  #isEnding = false

  private constructor(make: () => Promise<Running>, failed: (error: unknown) => void, first: Running) {
    this.#make = make
    this.#failed = failed
    this.#current = first
    this.#watch(first)
  }

  static async start<Running extends Renewable>(
    make: () => Promise<Running>,
    failed: (error: unknown) => void,
  ): Promise<Renewing<Running>> {
    return new Renewing(make, failed, await make())
  }

  /** What runs now. */
  get current(): Running {
    return this.#current
  }

  async stop(): Promise<void> {
    this.#isEnding = true
    await this.#renewing
    await this.#current.stop()
  }

  #watch(running: Running): void {
    void running.outdated.then((why) => {
      if (this.#isEnding || (why === 'wrong' && this.#renewals === renewalsMax)) return
      if (why === 'wrong') this.#renewals++
      this.#renewing = this.#renew(running).catch(this.#failed)
    })
  }

  async #renew(before: Running): Promise<void> {
    await before.stop()
    if (this.#isEnding) return
    this.#current = await this.#make()
    this.#watch(this.#current)
  }
}
