import { snapshotSliceMsMax } from './limits.ts'

/** Counts pieces of work that held the event loop longer than they may. */
export class SliceWatch {
  readonly #monotonicMs: () => number
  #longSlices = 0

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs
  }

  /** Slices that took longer than `snapshotSliceMsMax`. */
  get longSlices(): number {
    return this.#longSlices
  }

  /** Does one piece of work. */
  run<Result>(work: () => Result): Result {
    const beganMs = this.#monotonicMs()
    try {
      return work()
    } finally {
      if (this.#monotonicMs() - beganMs > snapshotSliceMsMax) this.#longSlices++
    }
  }
}
