import { invariant } from './invariant.ts'
import type { Entry, SnapshotMetadata } from './types.ts'

/**
 * What is not known to be on the disk: entries, those below `#offsetInProgress` being on their way there; and before
 * them a snapshot, while one is to be installed or is being so. Then the whole log on the disk is not ours any more.
 *
 * An entry leaves only by `stableTo` with its own index *and* term: entries may be overwritten while their write is on
 * its way, and the end of that write says nothing about what stands there now.
 */
export class Unstable {
  #entries: Entry[] = []
  /** Index of the first of `#entries`, or of the next one if there is none. */
  #offset: number
  #offsetInProgress: number
  #snapshot: SnapshotMetadata | undefined
  #snapshotInProgress = false

  constructor(offset: number) {
    invariant(offset > 0, 'the first entry has index 1')
    this.#offset = offset
    this.#offsetInProgress = offset
  }

  get offset(): number {
    return this.#offset
  }

  /** Some entry is not known to be on the disk. */
  get pending(): boolean {
    return this.#entries.length > 0
  }

  /** The snapshot that is to be installed, or is being installed. */
  get snapshot(): SnapshotMetadata | undefined {
    return this.#snapshot
  }

  /** Undefined when empty: then the disk knows. */
  get lastIndex(): number | undefined {
    return this.#entries.length === 0 ? this.#snapshot?.index : this.#offset + this.#entries.length - 1
  }

  termAt(index: number): number | undefined {
    if (this.#snapshot?.index === index) return this.#snapshot.term
    return this.#entries[index - this.#offset]?.term
  }

  /** A snapshot that nobody has begun to install. */
  nextSnapshot(): SnapshotMetadata | undefined {
    return this.#snapshotInProgress ? undefined : this.#snapshot
  }

  /** Entries that nobody has begun to write. */
  next(): readonly Entry[] {
    return this.#entries.slice(this.#offsetInProgress - this.#offset)
  }

  hasNext(): boolean {
    return this.#offset + this.#entries.length > this.#offsetInProgress
  }

  /** What `next` and `nextSnapshot` gave is being written. */
  acceptInProgress(): void {
    this.#offsetInProgress = this.#offset + this.#entries.length
    this.#snapshotInProgress = this.#snapshot !== undefined
  }

  /** The entry with this index and term is on the disk, and all before it. Ignored if it is no longer ours. */
  stableTo(position: { readonly index: number; readonly term: number }): void {
    // The position of the snapshot says nothing: only `installed` ends that.
    if (position.index < this.#offset || this.termAt(position.index) !== position.term) return
    this.#entries = this.#entries.slice(position.index + 1 - this.#offset)
    this.#offset = position.index + 1
    this.#offsetInProgress = Math.max(this.#offsetInProgress, this.#offset)
  }

  /** The snapshot with this index is installed. Ignored if another one has taken its place. */
  installed(index: number): void {
    if (this.#snapshot?.index !== index) return
    this.#snapshot = undefined
    this.#snapshotInProgress = false
  }

  /** The log begins anew behind this snapshot; what was on its way to the disk is of no use any more. */
  restore(snapshot: SnapshotMetadata): void {
    this.#entries = []
    this.#offset = snapshot.index + 1
    this.#offsetInProgress = this.#offset
    this.#snapshot = snapshot
    this.#snapshotInProgress = false
  }

  /** Puts entries at their indexes; what stood there and behind is gone, also if it is being written. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]
    invariant(first !== undefined, 'something is appended')
    const end = this.#offset + this.#entries.length
    invariant(first.index <= end, 'the log has no gap', () => ({ first: first.index, end }))
    invariant(
      this.#snapshot === undefined || first.index >= this.#offset,
      'what a snapshot holds is not overwritten',
      () => ({ first: first.index, snapshot: this.#offset - 1 }),
    )
    if (first.index <= this.#offset) {
      this.#entries = [...entries]
      this.#offset = first.index
      this.#offsetInProgress = first.index
      return
    }
    // The kept part is copied only if something is cut off: appending at the end is what nearly always happens.
    if (first.index < end) this.#entries = this.#entries.slice(0, first.index - this.#offset)
    for (const entry of entries) this.#entries.push(entry)
    this.#offsetInProgress = Math.min(this.#offsetInProgress, first.index)
  }

  /** Entries in [low, high). */
  slice(low: number, high: number): readonly Entry[] {
    invariant(low >= this.#offset && low <= high, 'the slice begins among the unstable entries')
    invariant(high <= this.#offset + this.#entries.length, 'the slice ends among the unstable entries')
    return this.#entries.slice(low - this.#offset, high - this.#offset)
  }
}
