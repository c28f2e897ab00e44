/** Something that happens at a time. */
export interface Moment {
  readonly atUs: number
  /** Moments of one time happen in the order in which they were made. */
  readonly order: number
  run: (() => void) | undefined
}

/** Resolves when no promise that was resolved has anything left to do. */
const promisesSettled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/** Turns that follow from one moment without time: more means that somebody never ends. */
const generationsMax = 10_000

/**
 * Virtual time: a queue of moments. Nothing happens but by them, so that the same seed gives the same run. Between two
 * moments all promises run their course, as between two callbacks of an event loop.
 */
export class Timeline {
  nowUs = 0
  /** Moments that have happened. */
  count = 0
  readonly #heap: Moment[] = []
  #order = 0
  #isStopped = false
  #deferred: (() => void)[] = []

  at(atUs: number, run: () => void): Moment {
    const moment: Moment = { atUs: Math.max(atUs, this.nowUs), order: this.#order++, run }
    this.#push(moment)
    return moment
  }

  after(delayUs: number, run: () => void): Moment {
    return this.at(this.nowUs + delayUs, run)
  }

  /** Runs once the present moment and the promises that it resolved are done. */
  defer(task: () => void): void {
    this.#deferred.push(task)
  }

  /** Nothing more happens. */
  stop(): void {
    this.#isStopped = true
  }

  /** Lets everything happen up to a time. Throws what a moment throws. */
  async runUntil(endUs: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.atUs > endUs || this.#isStopped) break
      this.#pop()
      if (next.run === undefined) continue
      this.nowUs = next.atUs
      this.count++
      next.run()
      await promisesSettled()
      if (this.#deferred.length > 0) await this.#runDeferred()
    }
    this.nowUs = endUs
  }

  async #runDeferred(): Promise<void> {
    for (let generation = 0; this.#deferred.length > 0; generation++) {
      if (generation > generationsMax) throw new Error('a turn of the event loop never ends')
      const deferred = this.#deferred
      this.#deferred = []
      for (const task of deferred) task()
      await promisesSettled()
    }
  }

  #push(moment: Moment): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(moment)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(moment, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = moment
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(one: Moment, other: Moment): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order)
}
