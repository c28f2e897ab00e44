import type { AppliedEntry } from '../pure/applied.ts'
import type { State } from '../pure/state.ts'
import type { ChangeExtent } from './change-extent.ts'
import { compareUtf8 } from './compare-utf8.ts'
import type { KeyRange, KeyValue, KeyValuePair, KeyValueSnapshot } from './key-value.ts'
import { changeKey, markKey, outcomeKey, rowKey } from './keys.ts'
import { changeOf, encodeChange, encodeMark, encodeOutcome, encodeRow } from './records.ts'

/** What goes into one batch, by key, so that what is written twice before it leaves is written once. */
type Gathered = Map<string, Uint8Array | undefined>

/**
 * Writes applied state behind: rows, outcomes and changes of whole entries together with the mark that says how far
 * they go, in one batch, unsynced. One batch is on its way at a time, and what is applied in between gathers for the
 * next. A crash loses a tail of batches, which the log brings back.
 */
export class StateStore {
  readonly #keyValue: KeyValue
  readonly #state: State
  readonly #extent: ChangeExtent
  readonly #onFlushed: () => void
  readonly #onFailed: (error: unknown) => void
  #gathered: Gathered = new Map()
  #gatheredBytes = 0
  #inFlight: Gathered = new Map()
  #inFlightBytes = 0
  #pump: Promise<void> | undefined
  /** Entries that were recorded, and those of them that LevelDB has taken. */
  #recorded = 0
  #taken = 0
  /** Resolves when a batch was taken, or when nothing is on its way any more. */
  #progress = Promise.withResolvers<void>()
  #flushedIndex: number
  #hasFailed = false

  constructor(options: {
    readonly keyValue: KeyValue
    readonly state: State
    readonly extent: ChangeExtent
    /** A batch was taken: there is more room. */
    readonly onFlushed: () => void
    /** A batch was rejected: nothing is known about the store any more, and the process must end. */
    readonly onFailed: (error: unknown) => void
  }) {
    this.#keyValue = options.keyValue
    this.#state = options.state
    this.#extent = options.extent
    this.#onFlushed = options.onFlushed
    this.#onFailed = options.onFailed
    this.#flushedIndex = options.state.position.index
  }

  /** Bytes that are applied and not in LevelDB yet. */
  get unflushedBytes(): number {
    return this.#gatheredBytes + this.#inFlightBytes
  }

  /** Index up to which LevelDB has taken what is applied, without a sync. */
  get flushedIndex(): number {
    return this.#flushedIndex
  }

  /** The oldest revision whose change is kept. */
  get oldestChange(): number {
    return this.#extent.oldest
  }

  /** How many changes from a revision on are worth reading at once; see `ChangeExtent`. */
  changesFrom(revision: number, limits: { readonly countMax: number; readonly bytesTarget: number }): number {
    return this.#extent.countFrom(revision, limits)
  }

  /** Takes what applying an entry did, right after it was applied. */
  record({ transactions }: AppliedEntry): void {
    for (const applied of transactions) {
      for (const { table, key, row, hash } of applied.effects) {
        this.#gather(rowKey(table, key), row && encodeRow(row, hash))
      }
      this.#gather(outcomeKey(applied.revision), encodeOutcome(applied.outcome))
      for (const { revision } of applied.evicted) this.#gather(outcomeKey(revision), undefined)
      const change = encodeChange(changeOf(applied))
      this.#gather(changeKey(applied.revision), change)
      this.#extent.add(applied.revision, change.length)
    }
    this.#recorded++
    this.#pump ??= this.#flush()
  }

  /** The newest value of a key, flushed or not. */
  async get(key: string): Promise<Uint8Array | undefined> {
    if (this.#gathered.has(key)) return this.#gathered.get(key)
    if (this.#inFlight.has(key)) return this.#inFlight.get(key)
    return await this.#keyValue.get(key)
  }

  /**
   * The newest values of a range, flushed or not. Looks at what is not flushed first: what is flushed in between is
   * then seen twice, never not at all.
   */
  async range(range: Omit<KeyRange, 'bytesTarget'>): Promise<readonly KeyValuePair[]> {
    const { from, to, limit, reverse = false } = range
    const unflushed = new Map<string, Uint8Array | undefined>()
    for (const [key, value] of [...this.#inFlight, ...this.#gathered]) {
      if (compareUtf8(key, from) >= 0 && compareUtf8(key, to) < 0) unflushed.set(key, value)
    }
    // Each removal that is not flushed may hide one pair.
    const flushed = await this.#keyValue.range({ ...range, limit: limit + unflushed.size })
    const pairs = flushed.filter(({ key }) => !unflushed.has(key))
    for (const [key, value] of unflushed) if (value !== undefined) pairs.push({ key, value })
    pairs.sort((one, other) => compareUtf8(one.key, other.key) * (reverse ? -1 : 1))
    return pairs.slice(0, limit)
  }

  /** Resolves when all that is recorded now is taken: what is recorded meanwhile, without end, is not waited for. */
  async flush(): Promise<void> {
    const recorded = this.#recorded
    while (this.#taken < recorded && !this.#hasFailed) await this.#progress.promise
  }

  /**
   * Makes what is applied now survive the loss of power; gives the index up to which it does. The log may be cut off up
   * to there.
   */
  async sync(): Promise<number> {
    const recorded = this.#state.position.index
    while (this.#flushedIndex < recorded && !this.#hasFailed) {
      // An entry without transactions leaves nothing to write, but the mark moves with it.
      this.#pump ??= this.#flush({ evenEmpty: true })
      await this.#progress.promise
    }
    const index = this.#flushedIndex
    await this.#keyValue.sync()
    return index
  }

  /** What LevelDB holds now: whole entries, with the mark that says how far they go. */
  snapshot(): KeyValueSnapshot {
    return this.#keyValue.snapshot()
  }

  /** Nothing is recorded any more. */
  async close(): Promise<void> {
    while (this.#pump !== undefined && !this.#hasFailed) await this.#pump
    await this.#keyValue.close()
  }

  #gather(key: string, value: Uint8Array | undefined): void {
    this.#gatheredBytes += key.length + (value?.length ?? 0)
    this.#gathered.set(key, value)
  }

  async #flush({ evenEmpty = false }: { readonly evenEmpty?: boolean } = {}): Promise<void> {
    try {
      // What is applied in the same turn goes along.
      await Promise.resolve()
      if (evenEmpty) await this.#flushOnce()
      while (this.#gathered.size > 0) await this.#flushOnce()
    } catch (error) {
      this.#hasFailed = true
      this.#onFailed(error)
    } finally {
      // After a failure nothing is ever written again.
      if (!this.#hasFailed) {
        this.#pump = undefined
        // Also entries that hold nothing, of which there is nothing to take.
        this.#taken = this.#recorded
      }
      this.#wake()
    }
  }

  #wake(): void {
    const { resolve } = this.#progress
    this.#progress = Promise.withResolvers<void>()
    resolve()
  }

  async #flushOnce(): Promise<void> {
    for (const revision of this.#extent.trim()) this.#gather(changeKey(revision), undefined)
    const { index } = this.#state.position
    const recorded = this.#recorded
    this.#gathered.set(markKey, encodeMark(this.#state))
    this.#inFlight = this.#gathered
    this.#inFlightBytes = this.#gatheredBytes
    this.#gathered = new Map()
    this.#gatheredBytes = 0
    const operations = [...this.#inFlight].map(([key, value]) => ({ key, value }))
    await this.#keyValue.batch(operations, { sync: false })
    this.#inFlight = new Map()
    this.#inFlightBytes = 0
    this.#flushedIndex = index
    this.#taken = recorded
    this.#wake()
    this.#onFlushed()
  }
}
