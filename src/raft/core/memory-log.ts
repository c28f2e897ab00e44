import { limitEntries } from './entry-bytes.ts'
import { Compacted, Unavailable } from './errors.ts'
import { invariant } from './invariant.ts'
import { emptyConfState } from './tracker.ts'
import { none, type ConfState, type Entry, type HardState, type LogReader } from './types.ts'

/** A log in memory, for tests and simulations: what it is given counts as durable at once. */
export class MemoryLog implements LogReader {
  #hardState: HardState = { term: 0, vote: none, commit: 0 }
  #confState: ConfState = emptyConfState
  /** `#entries[0]` has the index 1. */
  #entries: Entry[] = []

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#confState }
  }

  setHardState(hardState: HardState): void {
    this.#hardState = { ...hardState }
  }

  setConfState(confState: ConfState): void {
    this.#confState = { ...confState }
  }

  /** Puts entries at their indexes; whatever the log held from the first one's index on is gone. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    invariant(first.index >= 1 && first.index <= this.#entries.length + 1, 'the log has no gap')
    this.#entries = [...this.#entries.slice(0, first.index - 1), ...entries]
    invariant(this.#entries.at(-1)!.index === this.#entries.length, 'every entry stands at its index')
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    if (low < this.firstIndex()) throw new Compacted(low)
    if (high > this.lastIndex() + 1) throw new Unavailable(high - 1)
    return limitEntries(this.#entries.slice(low - 1, high - 1), maxBytes)
  }

  term(index: number): number {
    if (index < this.firstIndex() - 1) throw new Compacted(index)
    if (index > this.lastIndex()) throw new Unavailable(index)
    return index === 0 ? 0 : this.#entries[index - 1]!.term
  }

  firstIndex(): number {
    return 1
  }

  lastIndex(): number {
    return this.#entries.length
  }
}
