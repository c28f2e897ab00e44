/** Steps after which the clock is looked at. */
const stepsPerLook = 4_096

/** How much a search may cost: a number of steps, which is the same on every machine, and optionally a time. */
export class Budget {
  readonly #stepsMax: number
  readonly #isLate: () => boolean
  #steps = 0
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

  /** Pays for one step; false when there is nothing left. */
  pay(): boolean {
    this.#steps += 1
    if (this.#steps > this.#stepsMax || (this.#steps % stepsPerLook === 0 && this.#isLate())) this.#isOver = true
    return !this.#isOver
  }
}
