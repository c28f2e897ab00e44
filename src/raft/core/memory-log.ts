import { limitEntries } from './entry-bytes.ts'
import { Compacted, Unavailable } from './errors.ts'
import { invariant } from './invariant.ts'
import { emptyConfState } from './tracker.ts'
import { none, type ConfState, type Entry, type HardState, type LogReader, type SnapshotMetadata } from './types.ts'

/** A log in memory, for tests and simulations: what it is given counts as durable at once. */
export class MemoryLog implements LogReader {
  #hardState: HardState = { term: 0, vote: none, commit: 0 }
  #confState: ConfState = emptyConfState
  /** Where the log begins: the last entry that was compacted away. `#entries[0]` is the one behind it. */
  #beginning = { index: 0, term: 0 }
  #entries: Entry[] = []
  #snapshot: SnapshotMetadata | undefined

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
    invariant(first.index >= this.firstIndex() && first.index <= this.lastIndex() + 1, 'the log has no gap')
    this.#entries = [...this.#entries.slice(0, first.index - this.firstIndex()), ...entries]
    invariant(this.#entries.at(-1)!.index === this.lastIndex(), 'every entry stands at its index')
  }

  /** A snapshot of the state can be sent from now on. */
  takeSnapshot(snapshot: SnapshotMetadata): void {
    invariant(snapshot.index >= this.#beginning.index, 'a snapshot reaches the beginning of the log')
    this.#snapshot = snapshot
  }

  /** Forgets the entries up to `index`, which a snapshot holds. */
  compact(index: number): void {
    invariant(this.#snapshot !== undefined && index <= this.#snapshot.index, 'what is compacted away is in a snapshot')
    const beginning = { index, term: this.term(index) }
    this.#entries = this.#entries.slice(index - this.#beginning.index)
    this.#beginning = beginning
  }

  /** Replaces everything by the beginning that a snapshot makes. */
  install(snapshot: SnapshotMetadata): void {
    this.#entries = []
    this.#beginning = { index: snapshot.index, term: snapshot.term }
    this.#confState = snapshot.confState
    this.#snapshot = snapshot
  }

  snapshot(): SnapshotMetadata | undefined {
    return this.#snapshot
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    if (low < this.firstIndex()) throw new Compacted(low)
    if (high > this.lastIndex() + 1) throw new Unavailable(high - 1)
    return limitEntries(this.#entries.slice(low - this.firstIndex(), high - this.firstIndex()), maxBytes)
  }

  term(index: number): number {
    if (index < this.#beginning.index) throw new Compacted(index)
    if (index > this.lastIndex()) throw new Unavailable(index)
    return index === this.#beginning.index ? this.#beginning.term : this.#entries[index - this.firstIndex()]!.term
  }

  firstIndex(): number {
    return this.#beginning.index + 1
  }

  lastIndex(): number {
    return this.#beginning.index + this.#entries.length
  }
}
