import type { Moment, Timeline } from './timeline.ts'

/**
 * One thread of a simulated process: tasks come at their times, unless the thread is busy or stopped; then they wait
 * and are done in one turn, in order, as an event loop does with what piled up. A dead thread does nothing any more.
 */
export class Thread {
  readonly timeline: Timeline
  /** Told of what a task throws: nobody catches it in the real thread either. */
  readonly #onUncaught: (error: unknown) => void
  #waiting: (() => void)[] = []
  #busyUntilUs = 0
  #isDead = false

  constructor(timeline: Timeline, onUncaught: (error: unknown) => void) {
    this.timeline = timeline
    this.#onUncaught = onUncaught
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isBusy(): boolean {
    return this.timeline.nowUs < this.#busyUntilUs
  }

  /** Does a task after a time of the world, or as soon as it can after that. */
  after(delayUs: number, task: () => void): Moment {
    return this.timeline.after(delayUs, () => this.take(task))
  }

  /** Does a task now, or as soon as it can. */
  take(task: () => void): void {
    if (this.#isDead) return
    if (this.isBusy) this.#waiting.push(task)
    else this.#run(task)
  }

  /** Does a task at the end of this turn. */
  defer(task: () => void): void {
    this.timeline.defer(() => {
      if (!this.#isDead) this.#run(task)
    })
  }

  /** Nothing is done until then. */
  stopFor(durationUs: number): void {
    const untilUs = this.timeline.nowUs + durationUs
    if (untilUs <= this.#busyUntilUs) return
    this.#busyUntilUs = untilUs
    this.timeline.at(untilUs, () => this.#resume())
  }

  /** Whoever stopped it lets it go on. */
  resume(): void {
    this.#busyUntilUs = this.timeline.nowUs
    this.#resume()
  }

  kill(): void {
    this.#isDead = true
    this.#waiting = []
  }

  #resume(): void {
    if (this.isBusy) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const task of waiting) this.take(task)
  }

  #run(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#onUncaught(error)
    }
  }
}
