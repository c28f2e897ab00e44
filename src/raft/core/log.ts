import { entriesBytes, limitEntries } from './entry-bytes.ts'
import { assertCount, invariant } from './invariant.ts'
import type { Entry, LogReader, SnapshotMetadata } from './types.ts'
import { Unstable } from './unstable.ts'

/** Where a log ends, or where two logs are compared. */
export interface Position {
  readonly index: number
  readonly term: number
}

export interface LogOptions {
  readonly commit: number
  readonly applied: number
  /** How many bytes of committed entries may be handed over and not applied. */
  readonly maxApplyingBytes: number
}

/**
 * The log as the core sees it: what is on the disk, below, and what is not known to be there, on top.
 *
 *     first … applied … applying … committed … last
 *
 * `committed` may be ahead of the disk; what is handed over for applying never is, so that what was applied cannot be
 * missing after a crash.
 */
export class RaftLog {
  readonly #reader: LogReader
  readonly #unstable: Unstable
  readonly #maxApplyingBytes: number
  #committed: number
  #applied: number
  /** Handed over, but not known to be applied. */
  #applying: number
  #applyingBytes = 0
  #applyingPaused = false
  /** Up to here no committed entry that may be unapplied changes the configuration. */
  #scanned = 0

  constructor(reader: LogReader, options: LogOptions) {
    const beginning = reader.firstIndex() - 1
    this.#reader = reader
    this.#unstable = new Unstable(reader.lastIndex() + 1)
    this.#maxApplyingBytes = options.maxApplyingBytes
    this.#committed = Math.max(options.commit, beginning)
    this.#applied = Math.max(options.applied, beginning)
    this.#applying = this.#applied
    assertCount(options.commit, 'commit')
    assertCount(options.applied, 'applied')
    invariant(this.#committed <= reader.lastIndex(), 'the log holds what it says to be committed', () => ({
      commit: options.commit,
      last: reader.lastIndex(),
    }))
    // The commit index is not synced on its own, so the state may know better: what is applied was committed.
    this.#committed = Math.max(this.#committed, this.#applied)
    invariant(this.#applied <= reader.lastIndex(), 'what was applied is in the log', () => ({
      applied: options.applied,
      last: reader.lastIndex(),
    }))
  }

  get committed(): number {
    return this.#committed
  }

  get applied(): number {
    return this.#applied
  }

  /** The entry after the last one that was compacted away, or that a snapshot has taken the place of. */
  get firstIndex(): number {
    const { snapshot } = this.#unstable
    return snapshot === undefined ? this.#reader.firstIndex() : snapshot.index + 1
  }

  get lastIndex(): number {
    return this.#unstable.lastIndex ?? this.#reader.lastIndex()
  }

  last(): Position {
    const index = this.lastIndex
    return { index, term: this.term(index) }
  }

  /** Something is not known to be on the disk. */
  get hasUnstable(): boolean {
    return this.#unstable.pending
  }

  /** The term of an entry that the log holds, or of the one before its first. */
  term(index: number): number {
    const term = this.termAt(index)
    invariant(term !== undefined, 'the log holds the entry', () => ({ index, last: this.lastIndex }))
    return term
  }

  /** Undefined for what the log does not hold, or holds no more. */
  termAt(index: number): number | undefined {
    const unstable = this.#unstable.termAt(index)
    if (unstable !== undefined) return unstable
    if (index < this.firstIndex - 1 || index > this.lastIndex) return undefined
    return this.#reader.term(index)
  }

  matches(position: Position): boolean {
    return this.termAt(position.index) === position.term
  }

  /** Whether a candidate with this last entry has all that we know may be committed (thesis §3.6.1). */
  isUpToDate(candidate: Position): boolean {
    const { index, term } = this.last()
    return candidate.term > term || (candidate.term === term && candidate.index >= index)
  }

  /**
   * The last position at or before `from.index` whose term is not above `from.term`: at all later ones the two logs
   * differ for certain, so a leader and a follower skip whole terms in finding where they agree. The term is 0 where
   * the log no longer knows it.
   */
  findConflictByTerm(from: Position): Position {
    for (let index = from.index; index > 0; index--) {
      const term = this.termAt(index)
      if (term === undefined) return { index, term: 0 }
      if (term <= from.term) return { index, term }
    }
    return { index: 0, term: 0 }
  }

  /** Appends at the end, as leader. */
  append(entries: readonly Entry[]): void {
    invariant(entries[0]?.index === this.lastIndex + 1, 'a leader only appends at the end of its log')
    this.#unstable.truncateAndAppend(entries)
  }

  /**
   * Takes entries from a leader behind `previous`, if the log holds that one. Entries that it already has are left
   * alone, for the message may be old, and what came after them since may have been acknowledged. Returns the index up
   * to which the log now agrees with the leader's, or undefined if `previous` does not fit.
   */
  maybeAppend(previous: Position, entries: readonly Entry[], commit: number): number | undefined {
    if (!this.matches(previous)) return undefined
    const lastNew = previous.index + entries.length
    const conflict = this.#findConflict(entries)
    if (conflict !== undefined) {
      invariant(conflict > this.#committed, 'no entry contradicts a committed one', () => ({
        conflict,
        committed: this.#committed,
      }))
      this.#unstable.truncateAndAppend(entries.slice(conflict - previous.index - 1))
    }
    this.commitTo(Math.min(commit, lastNew))
    return lastNew
  }

  /** Learns that everything up to `index` is committed; never goes back. */
  commitTo(index: number): void {
    if (index <= this.#committed) return
    invariant(index <= this.lastIndex, 'what is committed is in the log', () => ({ index, last: this.lastIndex }))
    this.#committed = index
  }

  /** Entries in [low, high): at least one, if there is one, and then as many as fit. */
  slice(low: number, high: number, maxBytes: number): readonly Entry[] {
    invariant(low >= this.firstIndex && low <= high, 'the slice begins in the log')
    invariant(high <= this.lastIndex + 1, 'the slice ends in the log')
    if (low === high) return []
    const { offset } = this.#unstable
    if (low >= offset) return limitEntries(this.#unstable.slice(low, high), maxBytes)
    const cut = Math.min(high, offset)
    const stable = this.#reader.entries(low, cut, maxBytes)
    invariant(stable[0]?.index === low, 'the log reader gives the entry that it was asked for')
    const bytes = entriesBytes(stable)
    if (stable.length < cut - low || cut === high || bytes >= maxBytes) return stable
    const unstable = limitEntries(this.#unstable.slice(cut, high), maxBytes - bytes)
    // The limit lets one entry through in any case; here that one would be beyond the limit of both parts together.
    if (unstable.length === 1 && bytes + entriesBytes(unstable) > maxBytes) return stable
    return [...stable, ...unstable]
  }

  /** The newest snapshot that can be sent, if there is one now. */
  snapshot(): SnapshotMetadata | undefined {
    if (this.#unstable.snapshot !== undefined) return undefined
    const snapshot = this.#reader.snapshot()
    invariant(
      snapshot === undefined || snapshot.index >= this.firstIndex - 1,
      'the newest snapshot reaches the beginning of the log',
      () => ({ snapshot: snapshot?.index ?? 0, first: this.firstIndex }),
    )
    return snapshot
  }

  /** A snapshot is to be installed, or is being installed: its state is not ours yet. */
  get awaitsSnapshot(): boolean {
    return this.#unstable.snapshot !== undefined
  }

  nextSnapshot(): SnapshotMetadata | undefined {
    return this.#unstable.nextSnapshot()
  }

  /** Takes a snapshot in place of the whole log. What it holds is committed. */
  restore(snapshot: SnapshotMetadata): void {
    invariant(snapshot.index > this.#committed, 'a snapshot only leads forward', () => ({
      snapshot: snapshot.index,
      committed: this.#committed,
    }))
    this.#committed = snapshot.index
    this.#unstable.restore(snapshot)
  }

  /** The snapshot is installed, and with it everything up to its index applied. */
  installed(snapshot: SnapshotMetadata): void {
    this.#unstable.installed(snapshot.index)
    this.appliedTo(snapshot.index, 0)
  }

  nextUnstable(): readonly Entry[] {
    return this.#unstable.next()
  }

  hasNextUnstable(): boolean {
    return this.#unstable.hasNext()
  }

  acceptUnstable(): void {
    this.#unstable.acceptInProgress()
  }

  stableTo(position: Position): void {
    this.#unstable.stableTo(position)
  }

  /** Committed entries that may be handed over for applying, as far as the limit of bytes in flight allows. */
  nextCommitted(): readonly Entry[] {
    if (!this.hasNextCommitted()) return []
    return this.slice(this.#applying + 1, this.#appliable() + 1, this.#maxApplyingBytes - this.#applyingBytes)
  }

  hasNextCommitted(): boolean {
    // Behind a snapshot nothing can be applied before it is installed.
    return !this.#applyingPaused && !this.awaitsSnapshot && this.#applying < this.#appliable()
  }

  /** What `nextCommitted` gave has been handed over. */
  acceptApplying(entries: readonly Entry[]): void {
    const last = entries.at(-1)
    if (last === undefined) return
    invariant(entries[0]!.index === this.#applying + 1, 'entries are handed over without gaps')
    invariant(last.index <= this.#appliable(), 'what is handed over is committed and on the disk')
    this.#applying = last.index
    this.#applyingBytes += entriesBytes(entries)
    // Were more handed over behind a part that met the limit, the limit would be exceeded a little each time.
    this.#applyingPaused = this.#applyingBytes >= this.#maxApplyingBytes || last.index < this.#appliable()
  }

  /**
   * Everything up to `index` has been applied; `bytes` of it leave the limit. Entries that were handed over before a
   * snapshot was installed are reported after it, and then are no news.
   */
  appliedTo(index: number, bytes: number): void {
    invariant(index <= this.#committed, 'only what is committed is applied', () => ({ index, commit: this.#committed }))
    this.#applied = Math.max(this.#applied, index)
    this.#applying = Math.max(this.#applying, this.#applied)
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes)
    this.#applyingPaused = this.#applyingBytes >= this.#maxApplyingBytes
  }

  /** Whether an entry that changes the configuration is committed but not applied: until then nobody campaigns. */
  hasUnappliedConfChange(): boolean {
    invariant(!this.awaitsSnapshot, 'who awaits a snapshot has nothing to scan')
    this.#scanned = Math.max(this.#scanned, this.#applied)
    while (this.#scanned < this.#committed) {
      const entries = this.slice(this.#scanned + 1, this.#committed + 1, this.#maxApplyingBytes)
      if (entries.some((entry) => entry.type === 'conf_change')) return true
      this.#scanned += entries.length
    }
    return false
  }

  #appliable(): number {
    return Math.min(this.#committed, this.#unstable.offset - 1)
  }

  /** Index of the first entry that the log does not hold; undefined if it holds them all. */
  #findConflict(entries: readonly Entry[]): number | undefined {
    return entries.find((entry) => !this.matches(entry))?.index
  }
}
