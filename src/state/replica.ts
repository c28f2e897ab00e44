import type { AppliedMark } from '../gen/trivet/log/v1/log_pb.ts'
import type { Clock } from '../lib/clock.ts'
import { systemClock } from '../lib/clock.ts'
import { trivetError } from '../lib/errors.ts'
import { uuid7 } from '../lib/uuid7.ts'
import { ApplyQueue } from './apply-queue.ts'
import { ArchivalReader } from './archival-reader.ts'
import type { Bookmark, Change } from './change.ts'
import { changeOfApplied } from './change.ts'
import type { CommittedEntry, Consensus, Leadership, ProposalRefusal, ReadIndexAnswer } from './consensus.ts'
import { unflushedBytesMax, watchesMax } from './limits.ts'
import { LogClock } from './log-clock.ts'
import type { AppliedEntry } from './pure/applied.ts'
import { RowReader } from './pure/row-reader.ts'
import type { State } from './pure/state.ts'
import { drawRandom } from './random.ts'
import type { Reader } from './read.ts'
import { RecentChanges } from './recent-changes.ts'
import type { Scheduler } from './scheduler.ts'
import { eventLoop } from './scheduler.ts'
import type { StateHash } from './state-hashes.ts'
import { hashOf, StateHashes } from './state-hashes.ts'
import { markOf } from './snapshot/export-state.ts'
import type { KeyValueSnapshot } from './storage/key-value.ts'
import type { OpenedState } from './storage/open-state.ts'
import { StateStore } from './storage/state-store.ts'
import type { TableListener } from './table-listeners.ts'
import { TableListeners } from './table-listeners.ts'
import { Threshold } from './threshold.ts'
import type { WatchOptions } from './watch.ts'
import { watchChanges } from './watch.ts'
import { WritePath } from './write-path.ts'
import type { WritePathPorts } from './write-path.ts'
import type { WriteAnswer, WriteRequest } from './write-request.ts'

/** What a replica stands on. */
export interface ReplicaOptions {
  /** What `openState` gave. Belongs to the replica from now on. */
  readonly opened: Extract<OpenedState, { kind: 'open' }>
  readonly consensus: Consensus
  /**
   * Something does not hold that has to, or LevelDB rejected a batch: the process must end. Called at most once; the
   * replica does nothing more.
   */
  readonly onFatal: (error: unknown) => void
  readonly clock?: Clock
  readonly scheduler?: Scheduler
  readonly random?: (sizeBytes: number) => Uint8Array
  /** For tests, which put mistakes into it. */
  readonly makeWritePath?: (ports: WritePathPorts) => WritePath
}

/** How a linearizable read went. If it is not `ok`, the reader shows applied state, however old. */
export interface LinearizableRead {
  readonly ok: boolean
  readonly reader: Reader
}

/**
 * This peer's copy of the state, in its main thread: applies what consensus commits, answers reads from memory,
 * evaluates writes while it leads, shows changes, and writes behind to LevelDB.
 *
 * Wire the member's events to `onLeadership`, `onCommitted` and `onRefused`, in their order. The first committed
 * entry must be the one behind `appliedIndex`.
 */
export class Replica {
  readonly #state: State
  readonly #store: StateStore
  readonly #consensus: Consensus
  readonly #clock: Clock
  readonly #random: (sizeBytes: number) => Uint8Array
  readonly #logClock: LogClock
  readonly #scheduler: Scheduler
  readonly #writePath: WritePath
  readonly #queue: ApplyQueue
  readonly #indexes: Threshold
  readonly #revisions: Threshold
  readonly #recent = new RecentChanges()
  readonly #hashes = new StateHashes()
  readonly #listeners: TableListeners
  readonly #termListeners = new Set<(term: number | undefined) => void>()
  readonly #roundListeners = new Set<() => void>()
  readonly #reader: Reader
  readonly #stopped = new AbortController()
  readonly #onFatal: (error: unknown) => void
  #term: number | undefined
  #lastRead: { readonly asked: Promise<ReadIndexAnswer>; readonly read: Promise<LinearizableRead> } | undefined
  #watchCount = 0
  #hasFailed = false
  /** Rows that are not in memory. */
  readonly archival: ArchivalReader

  constructor(options: ReplicaOptions) {
    const { opened, consensus, clock = systemClock, scheduler = eventLoop, random = drawRandom } = options
    const { state, extent, keyValue } = opened
    this.#state = state
    this.#consensus = consensus
    this.#clock = clock
    this.#scheduler = scheduler
    this.#random = random
    this.#onFatal = options.onFatal
    const onFatal = (error: unknown) => this.#fail(error)
    this.#store = new StateStore({ keyValue, state, extent, onFailed: onFatal, onFlushed: () => this.#queue.run() })
    this.archival = new ArchivalReader(this.#store)
    const { index, revision, logTimeMs } = state.position
    this.#logClock = new LogClock(clock, logTimeMs)
    const ports = { state, consensus, clock, logClock: this.#logClock, scheduler, random }
    this.#writePath = options.makeWritePath?.(ports) ?? new WritePath(ports)
    this.#indexes = new Threshold(index)
    this.#revisions = new Threshold(revision)
    this.#listeners = new TableListeners(scheduler)
    this.#queue = new ApplyQueue({
      state,
      clock,
      scheduler,
      hasRoom: () => this.#store.unflushedBytes < unflushedBytesMax,
      onApplied: (entry) => this.#applied(entry),
      onSlice: (applied) => consensus.applied(applied),
      onFatal,
    })
    this.#reader = this.#makeReader()
  }

  /** The last applied index. */
  get appliedIndex(): number {
    return this.#state.position.index
  }

  /** The leader as far as this peer knows; '' if none. */
  get leader(): string {
    return this.#writePath.leader
  }

  /** The term in which this peer evaluates writes: it leads, and has applied the first entry of that term. */
  get leadingTerm(): number | undefined {
    return this.#writePath.term
  }

  /** Writes that wait for their answer at this peer. */
  get writesWaiting(): number {
    return this.#writePath.waitingCount
  }

  /** Bytes that are applied and not in LevelDB yet. */
  get unflushedBytes(): number {
    return this.#store.unflushedBytes
  }

  /** Index up to which LevelDB has taken what is applied, not synced: the log may be compacted up to a synced one. */
  get flushedIndex(): number {
    return this.#store.flushedIndex
  }

  /** Makes the applied state survive the loss of power; gives the index up to which it does. */
  async syncState(): Promise<number> {
    try {
      return await this.#store.sync()
    } catch (error) {
      this.#fail(error)
      return 0
    }
  }

  /** The state as LevelDB holds it, from the last applied entry or a little before, to be read while it goes on. */
  async openSnapshot(): Promise<{ readonly snapshot: KeyValueSnapshot; readonly mark: AppliedMark }> {
    await this.#store.flush()
    const snapshot = this.#store.snapshot()
    try {
      const mark = await markOf(snapshot)
      if (mark !== undefined) return { snapshot, mark }
      throw new Error('the state on disk does not say how far it is')
    } catch (error) {
      await snapshot.close()
      throw error
    }
  }

  /** Each change of leader, role or term. */
  onLeadership(leadership: Leadership): void {
    this.#guard(() => this.#writePath.leadership(leadership))
  }

  /** Committed entries in index order, without gaps. */
  onCommitted(entries: readonly CommittedEntry[]): void {
    if (!this.#hasFailed) this.#queue.push(entries)
  }

  /** A proposal was not appended. */
  onRefused(refusal: ProposalRefusal): void {
    this.#guard(() => this.#writePath.refused(refusal))
  }

  /** Applied state, never the overlay (log.md, rule 3). */
  reader(): Reader {
    return this.#reader
  }

  /** Takes a write as the leader; see `WritePath.submit` for how it ends. */
  submit(request: WriteRequest): Promise<WriteAnswer> {
    return this.#writePath.submit(request)
  }

  /** A new request id, drawn by log time (log.md, rules 13 and 17). */
  newRequestId(): string {
    return uuid7({ timeMs: this.#logClock.shown(), random: this.#random(10) })
  }

  /**
   * Waits until a ReadIndex round that began after the call is applied here. Never rejects. Reads that share a round
   * share the promise, too: in a boot storm that is most of what a read costs.
   */
  linearizable(timeoutMs: number): Promise<LinearizableRead> {
    const asked = this.#consensus.readIndex(timeoutMs)
    if (asked === this.#lastRead?.asked) return this.#lastRead.read
    const read = this.#whenReadable(asked, timeoutMs)
    this.#lastRead = { asked, read }
    return read
  }

  async #whenReadable(asked: Promise<ReadIndexAnswer>, timeoutMs: number): Promise<LinearizableRead> {
    const reader = this.#reader
    const endMs = this.#clock.monotonicMs() + timeoutMs
    const answer = await asked
    if (!answer.ok) return { ok: false, reader }
    if (answer.index <= this.appliedIndex) return { ok: true, reader }
    const late = new AbortController()
    const cancel = this.#scheduler.after(Math.max(0, endMs - this.#clock.monotonicMs()), () => late.abort())
    try {
      await this.whenApplied(answer.index, late.signal)
      return { ok: true, reader }
    } catch {
      return { ok: false, reader }
    } finally {
      cancel()
    }
  }

  /** Resolves when this index is applied; rejects with the reason of `signal`. */
  whenApplied(index: number, signal?: AbortSignal): Promise<void> {
    return this.#indexes.when(index, signal)
  }

  /** Resolves when this revision is applied; rejects with the reason of `signal`. */
  whenRevision(revision: number, signal?: AbortSignal): Promise<void> {
    return this.#revisions.when(revision, signal)
  }

  /** The change stream; see `watchChanges`. Errors: also OVERLOADED. */
  async *watch(options: WatchOptions): AsyncGenerator<Change | Bookmark> {
    if (this.#watchCount >= watchesMax) {
      throw trivetError('OVERLOADED', { what: 'the list of watches', limit: watchesMax, unit: 'watches' })
    }
    this.#watchCount += 1
    try {
      const signal = AbortSignal.any([options.signal, this.#stopped.signal])
      const sources = { state: this.#state, recent: this.#recent, store: this.#store, revisions: this.#revisions }
      yield* watchChanges({ ...sources, scheduler: this.#scheduler }, { ...options, signal })
    } finally {
      this.#watchCount -= 1
    }
  }

  /** Calls `listener` soon after transactions that touched one of the tables; gives the way to end it. */
  onChange(tables: readonly string[], listener: TableListener): () => void {
    return this.#listeners.add(tables, listener)
  }

  /** Calls `listener` whenever `leadingTerm` has changed; gives the way to end it. */
  onLeading(listener: (term: number | undefined) => void): () => void {
    this.#termListeners.add(listener)
    return () => void this.#termListeners.delete(listener)
  }

  /** Calls `listener` whenever `hashes` has a new one; gives the way to end it. */
  onRound(listener: () => void): () => void {
    this.#roundListeners.add(listener)
    return () => void this.#roundListeners.delete(listener)
  }

  /** The state hash now. */
  hash(): StateHash {
    return hashOf(this.#state)
  }

  /** State hashes at round indexes, ascending, to compare with those of other peers at equal indexes. */
  hashes(): readonly StateHash[] {
    return this.#hashes.all
  }

  /** Ends watches, tells those who wait what is known, writes what is applied, and closes the store. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#queue.stop()
    this.#writePath.stop()
    this.#tellTerm()
    await this.#store.close()
  }

  #applied(entry: AppliedEntry): void {
    this.#store.record(entry)
    for (const transaction of entry.transactions) {
      this.#recent.add(changeOfApplied(transaction))
      this.#listeners.touched(transaction.effects)
    }
    if (entry.transactions.length > 0) this.#logClock.applied(this.#state.position.logTimeMs)
    if (this.#hashes.applied(this.#state)) for (const listener of this.#roundListeners) listener()
    this.#writePath.applied(entry)
    this.#indexes.advance(entry.index)
    this.#revisions.advance(this.#state.revision)
    this.#tellTerm()
  }

  #guard(step: () => void): void {
    if (this.#hasFailed) return
    try {
      step()
      this.#tellTerm()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#queue.stop()
    this.#onFatal(error)
  }

  #tellTerm(): void {
    const term = this.leadingTerm
    if (term === this.#term) return
    this.#term = term
    for (const listener of this.#termListeners) listener(term)
  }

  #makeReader(): Reader {
    const clock = this.#clock
    const logClock = this.#logClock
    const times = {
      get timeMs() {
        return Math.floor(clock.wallMs())
      },
      get logTimeMs() {
        return logClock.shown()
      },
    }
    return new RowReader(this.#state, { times, incarnation: this.#state.incarnation })
  }
}
