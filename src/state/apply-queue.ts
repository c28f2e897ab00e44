import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../gen/trivet/log/v1/log_pb.ts'
import type { Clock } from '../lib/clock.ts'
import type { CommittedEntry } from './consensus.ts'
import { sliceMsMax } from './limits.ts'
import type { AppliedEntry } from './pure/applied.ts'
import { Fifo } from './pure/fifo.ts'
import type { State } from './pure/state.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * Applies committed entries in order, in slices that leave the event loop to others in between. What fails to apply
 * is handed to `onFatal`, and nothing is applied after it.
 */
export class ApplyQueue {
  readonly #options: ApplyQueueOptions
  readonly #queue = new Fifo<CommittedEntry>()
  #isDue = false
  #isStopped = false

  constructor(options: ApplyQueueOptions) {
    this.#options = options
  }

  push(entries: readonly CommittedEntry[]): void {
    // A copy: the bytes are a view of a buffer that is not ours after this call. (`slice` of a Node buffer copies not.)
    for (const entry of entries) this.#queue.push({ ...entry, data: new Uint8Array(entry.data) })
    if (!this.#isDue) this.run()
  }

  /** Goes on; also called when there is room again. */
  run(): void {
    this.#isDue = false
    const { clock, state, scheduler, hasRoom, onSlice, onFatal } = this.#options
    const endMs = clock.monotonicMs() + sliceMsMax
    const before = state.position.index
    try {
      while (this.#queue.length > 0 && !this.#isStopped && hasRoom() && clock.monotonicMs() < endMs) this.#applyOne()
      if (state.position.index > before) onSlice(state.position.index)
    } catch (error) {
      this.stop()
      onFatal(error)
    }
    if (this.#isDue || this.#isStopped || this.#queue.length === 0 || !hasRoom()) return
    this.#isDue = true
    scheduler.soon(() => this.run())
  }

  /** Nothing is applied any more. */
  stop(): void {
    this.#isStopped = true
    this.#queue.drain()
  }

  #applyOne(): void {
    const { index, term, type, data } = this.#queue.shift()!
    const isEmpty = type !== 'normal' || data.length === 0
    const applied = this.#options.state.apply({ index, term }, isEmpty ? undefined : fromBinary(EntrySchema, data))
    this.#options.onApplied(applied)
  }
}

/** What an `ApplyQueue` stands on. */
export interface ApplyQueueOptions {
  readonly state: State
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** False while too much is applied and not written. */
  readonly hasRoom: () => boolean
  /** One entry was applied. */
  readonly onApplied: (entry: AppliedEntry) => void
  /** A slice is over; this index is applied. */
  readonly onSlice: (index: number) => void
  readonly onFatal: (error: unknown) => void
}
