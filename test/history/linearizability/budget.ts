/** Steps after which the clock is looked at. */
const stepsPerLook = 4_096

/** How much a search may cost: a number of steps, which is the same on every machine, and optionally a time. */
export class Budget {
  readonly #stepsMax: number
  readonly #isLate: () => boolean
  #steps = 0
  #nextLook = stepsPerLook
  #isOver = false

  constructor(options: { readonly stepsMax: number; readonly isLate?: () => boolean }) {
    this.#stepsMax = options.stepsMax
    this.#isLate = options.isLate ?? (() => false)
  }

  get steps(): number {
    return this.#steps
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Pays for so many steps; false when there is nothing left. */
  pay(steps: number): boolean {
    this.#steps += steps
    if (this.#steps > this.#stepsMax) this.#isOver = true
    if (this.#steps >= this.#nextLook) {
      this.#nextLook = this.#steps + stepsPerLook
      if (this.#isLate()) this.#isOver = true
    }
    return !this.#isOver
  }
}
