import type { Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { ConfState, Entry, HardState, LogReader } from '../core/types.ts'
import { remembered, type Acquaintances } from './acquaintance.ts'
import type { Chain } from './chain.ts'
import type { ConfigurationHistory } from './configuration-history.ts'
import { confStateOf, encodeConfiguration } from './configuration.ts'
import { decodeFrame, encodeFrame, type Frame } from './frame.ts'
import type { IdentityKeeper } from './identity-keeper.ts'
import type { KeyValue, Operation } from './key-value.ts'
import { entryKey, recordKeys } from './keys.ts'
import { Compacted, Unavailable } from '../core/errors.ts'
import { compactionSliceEntries, compactionTarget, overrunMax, type CompactionLimits } from './compaction.ts'
import type { LogSizes } from './log-sizes.ts'
import { mergeWrites, type LogWrite } from './log-write.ts'
import type { LogWindow } from './log-window.ts'
import type { LogImage } from './read-log.ts'
import { encodeHardState, encodeTruncation, type TruncationPoint } from './records.ts'
import type { TermRuns } from './term-runs.ts'
import type { VoteWriter } from './vote-writer.ts'
import type { WitnessWriter } from './witness-writer.ts'

/** The watermark in the identity rises once the log has grown by this many committed entries. */
export const watermarkEntries = 10_000

/** A batch takes no more writes once it holds this much; the rest goes into the next one. */
export const batchBytesMax = 8 * 1024 * 1024

/** What a log store stands on; `openStore` puts it together. */
export interface LogStoreParts {
  readonly keyValue: KeyValue
  readonly identity: IdentityKeeper
  /** Drawn anew for each start of the process. */
  readonly run: string
  readonly image: LogImage
  /** What main has applied. */
  readonly appliedIndex: number
  /** As it stands on the disk; that of the image may have a higher commit index. */
  readonly durableHardState: HardState
  readonly vote: VoteWriter
  readonly witness: WitnessWriter
  readonly watermarkEntries: number
  readonly compactionLimits: CompactionLimits
  /** A write was rejected or bytes read were not what was written: the caller must end the process. */
  readonly fail: (reason: string) => void
}

/**
 * The log of one peer: what the core asks to make durable goes in, in order, and is reported once it is.
 *
 * One pump keeps at most one synced batch in flight; whatever arrives meanwhile goes into the next one (group commit).
 * Sixteen synced writes at once would not be faster and would hold the threads that all other file work needs.
 */
export class LogStore implements LogReader {
  readonly #parts: LogStoreParts
  #truncation: TruncationPoint
  readonly #terms: TermRuns
  readonly #sizes: LogSizes
  readonly #window: LogWindow
  readonly #configurations: ConfigurationHistory
  #lastIndex: number
  #lastChain: Chain
  /** As the core last gave it; the commit index may be ahead of the disk, see `#write`. */
  #hardState: HardState
  #durableHardState: HardState
  #queue: LogWrite[] = []
  /** The log is to be cut behind this entry. */
  #compactTo: number
  /** An entry at or before the one that the witness names durably. */
  #witnessed = 0
  #pump: Promise<void> | undefined
  #failed = false
  #syncs = 0

  constructor(parts: LogStoreParts) {
    this.#parts = parts
    this.#truncation = parts.image.truncation
    this.#compactTo = this.#truncation.index
    this.#terms = parts.image.terms
    this.#sizes = parts.image.sizes
    this.#window = parts.image.window
    this.#configurations = parts.image.configurations
    this.#lastIndex = parts.image.lastIndex
    this.#lastChain = parts.image.lastChain
    this.#hardState = parts.image.hardState
    this.#durableHardState = parts.durableHardState
  }

  /**
   * The configuration once the entry at this index is applied. An entry that this release does not understand throws
   * `UnknownConfChangeError`.
   */
  configurationAt(index: number): Configuration {
    if (index < this.#truncation.index) throw new Compacted(index)
    return this.#configurations.at(index)
  }

  /** Where main, and so the core, begins to apply: a log that is being repaired may not reach what main has. */
  get appliedAtStart(): number {
    return Math.min(this.#parts.appliedIndex, this.#parts.image.hardState.commit)
  }

  /** Synced batches since the start. */
  get syncs(): number {
    return this.#syncs
  }

  /** Whether something is on its way to the disk: a watchdog counts how long. */
  get busy(): boolean {
    return this.#pump !== undefined
  }

  /** This peer may not vote: see `Vote.mutedTerm`; 0 if it may. */
  get mutedTerm(): number {
    return this.#parts.vote.mutedTerm
  }

  /** It may vote again, durably, once this has resolved. */
  async unmute(): Promise<void> {
    await this.#parts.vote.unmute()
  }

  /** How this data directory introduces itself to the others, and whom it has met. */
  get acquaintances(): Acquaintances {
    const { identity, run, fail } = this.#parts
    const { nonce, starts } = identity.identity
    return {
      own: { nonce, starts, run },
      of: (peer) => identity.identity.met[peer],
      remember: (peer, introduction) => {
        const met = remembered(identity.identity.met, peer, introduction)
        identity.change({ met }).catch((error: unknown) => fail(String(error)))
      },
    }
  }

  /** Stands for the whole log up to an entry that it holds: the same on two peers, or their logs differ. */
  chainAt(index: number): Chain {
    if (index < this.firstIndex() - 1) throw new Compacted(index)
    if (index > this.#lastIndex) throw new Unavailable(index)
    return this.#chainAt(index)
  }

  /** Makes a write durable, then calls its `durable`; the calls keep the order of the writes. */
  append(write: LogWrite): void {
    if (this.#failed) return
    this.#queue.push(write)
    this.#pump ??= this.#run()
  }

  /** The entry up to which the log should be cut now; undefined if it is within its limits. */
  get compactionTarget(): number | undefined {
    const log = { firstIndex: this.firstIndex(), lastIndex: this.#lastIndex, sizes: this.#sizes }
    return compactionTarget(log, this.#parts.compactionLimits)
  }

  /** As far as the log itself knows it: what the core has said since may wait for the disk. */
  get committedIndex(): number {
    return Math.min(this.#hardState.commit, this.#lastIndex)
  }

  /** It is several times as long as it may become before it is cut. */
  get isFarTooLong(): boolean {
    const { entriesMax, bytesMax } = this.#parts.compactionLimits
    const length = this.#lastIndex - this.#truncation.index
    return length > overrunMax * entriesMax || this.#sizes.totalBytes > overrunMax * bytesMax
  }

  /** Bytes of all entries that the log holds. */
  get sizeBytes(): number {
    return this.#sizes.totalBytes
  }

  /**
   * Cuts off the entries up to `index`, in slices, between other writes. Only what the state holds durably may go: the
   * caller says so.
   */
  compactTo(index: number): void {
    if (this.#failed || index <= this.#compactTo) return
    if (index > this.committedIndex) {
      throw new RangeError(`entry ${index} is not known to be committed`)
    }
    this.#compactTo = index
    this.#pump ??= this.#run()
  }

  /** Waits for all that was appended, writes what may be written late, and closes. */
  async close(): Promise<void> {
    await this.#pump
    if (!this.#failed && this.#hardState.commit !== this.#durableHardState.commit) {
      await this.#writeBatch([], this.#hardState)
    }
    await this.#parts.keyValue.close()
    await this.#parts.vote.close()
    await this.#parts.identity.close()
    await this.#parts.witness.close()
  }

  /** The configuration is the one at `appliedAtStart`: changes behind it are taken again as they are applied. */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: confStateOf(this.configurationAt(this.appliedAtStart)) }
  }

  firstIndex(): number {
    return this.#truncation.index + 1
  }

  lastIndex(): number {
    return this.#lastIndex
  }

  /** None: the log is not compacted, so nobody needs one. */
  snapshot(): undefined {
    return undefined
  }

  term(index: number): number {
    if (index < this.#truncation.index) throw new Compacted(index)
    if (index > this.#lastIndex) throw new Unavailable(index)
    return this.#terms.termAt(index)
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] {
    if (low < this.firstIndex()) throw new Compacted(low)
    if (high > this.#lastIndex + 1) throw new Unavailable(high - 1)
    const entries: Entry[] = []
    let bytes = 0
    for (let index = low; index < high; index++) {
      const entry = this.#window.entry(index) ?? this.#stored(index).entry
      bytes += entry.data.length
      if (entries.length > 0 && bytes > maxBytes) break
      entries.push(entry)
    }
    return entries
  }

  /** A frame from the disk, where it is checked again: LevelDB returns flipped bits without a word. */
  #stored(index: number): Frame {
    const bytes = this.#parts.keyValue.get(entryKey(index))
    if (bytes === undefined) throw new Error(`entry ${index} has vanished from the log`)
    const frame = decodeFrame(bytes, index)
    if (frame.entry.term !== this.#terms.termAt(index)) throw new Error(`entry ${index} has changed its term`)
    return frame
  }

  #chainAt(index: number): Chain {
    if (index === this.#lastIndex) return this.#lastChain
    if (index === this.#truncation.index) return this.#truncation.chain
    return this.#window.chain(index) ?? this.#stored(index).chain
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0 || this.#compactTo > this.#truncation.index) {
        if (this.#compactTo > this.#truncation.index) await this.#compactSlice()
        if (this.#queue.length === 0) continue
        const merged = mergeWrites(this.#queue, batchBytesMax)
        this.#queue = this.#queue.slice(merged.taken.length)
        await this.#write(merged.entries, merged.hardState ?? this.#hardState)
        for (const write of merged.taken) write.durable()
        await this.#raiseWatermark()
      }
    } catch (error) {
      this.#failed = true
      this.#parts.fail(error instanceof Error ? error.message : String(error))
    } finally {
      this.#pump = undefined
    }
  }

  /**
   * A commit index alone is not worth a sync: it goes with the next batch. Should it be lost, what main has applied
   * tells how far it was at least, and the leader tells the rest.
   */
  async #write(entries: readonly Entry[], hardState: HardState): Promise<void> {
    const durable = this.#durableHardState
    const promises = hardState.term !== durable.term || hardState.vote !== durable.vote
    if (hardState.term < durable.term) throw new Error(`term ${hardState.term} follows term ${durable.term}`)
    const first = entries[0]?.index ?? this.#lastIndex + 1
    const committed = this.committedIndex
    if (first <= committed) throw new Error(`entry ${first} would replace an entry committed up to ${committed}`)
    this.#hardState = hardState
    if (entries.length === 0 && !promises) return
    if (promises) await this.#parts.vote.write(hardState)
    await this.#writeBatch(entries, hardState)
  }

  async #writeBatch(entries: readonly Entry[], hardState: HardState): Promise<void> {
    const first = entries[0]?.index ?? this.#lastIndex + 1
    const last = entries.at(-1)?.index ?? this.#lastIndex
    if (first > this.#lastIndex + 1) throw new Error(`entry ${first} does not follow entry ${this.#lastIndex}`)
    const { frames, operations } = encode(entries, this.#chainAt(first - 1))
    for (let index = last + 1; index <= this.#lastIndex; index++) {
      operations.push({ type: 'del', key: entryKey(index) })
    }
    operations.push({ type: 'put', key: recordKeys.hardState, value: encodeHardState(hardState) })
    // The witness must never name an entry that this batch takes away, whichever of both survives a loss of power.
    if (first <= this.#lastIndex) {
      await this.#parts.witness.pin(this.#witnessAt(first - 1))
      this.#witnessed = Math.min(this.#witnessed, first - 1)
    }
    await this.#parts.keyValue.batch(operations)
    this.#syncs++
    this.#durableHardState = hardState
    this.#adopt(frames)
    this.#parts.witness.advance(this.#witnessAt(this.#lastIndex))
  }

  async #compactSlice(): Promise<void> {
    const from = this.#truncation.index + 1
    const index = Math.min(this.#compactTo, this.#truncation.index + compactionSliceEntries)
    const point = this.#witnessAt(index)
    // The witness that survives a loss of power must name an entry that is still there, or it would look lost.
    if (this.#witnessed < index) await this.witnessTail()
    const hardState = { ...this.#durableHardState, commit: this.#hardState.commit }
    const operations: Operation[] = [
      { type: 'put', key: recordKeys.truncation, value: encodeTruncation(point) },
      { type: 'put', key: recordKeys.hardState, value: encodeHardState(hardState) },
    ]
    // In the same batch: the configuration at the beginning of the log is never known otherwise.
    const configuration = this.configurationAt(index)
    operations.push({ type: 'put', key: recordKeys.configuration, value: encodeConfiguration(configuration) })
    for (let gone = from; gone <= index; gone++) operations.push({ type: 'del', key: entryKey(gone) })
    await this.#parts.keyValue.batch(operations)
    this.#syncs++
    this.#durableHardState = hardState
    this.#truncation = { ...point, chain: Uint8Array.from(point.chain) }
    this.#terms.truncateTo(index)
    this.#sizes.truncateTo(index)
    this.#configurations.truncateTo(index)
    this.#window.truncateTo(index)
  }

  /** What is on the disk becomes what is read. */
  #adopt(frames: readonly Frame[]): void {
    const first = frames[0]
    if (first === undefined) return
    this.#window.truncateFrom(first.entry.index)
    this.#terms.truncateFrom(first.entry.index)
    this.#sizes.truncateFrom(first.entry.index)
    this.#configurations.truncateFrom(first.entry.index)
    for (const frame of frames) {
      this.#window.append(frame)
      this.#terms.append(frame.entry)
      this.#sizes.append(frame.entry.data.length)
      this.#configurations.append(frame.entry)
      this.#lastIndex = frame.entry.index
      this.#lastChain = frame.chain
    }
  }

  /** Names the end of the log, durably. */
  async witnessTail(): Promise<void> {
    await this.#parts.witness.pin(this.#witnessAt(this.#lastIndex))
    this.#witnessed = this.#lastIndex
  }

  #witnessAt(index: number): { readonly index: number; readonly term: number; readonly chain: Chain } {
    return { index, term: this.term(index), chain: this.#chainAt(index) }
  }

  /** Only committed entries count: others may be replaced by fewer. */
  async #raiseWatermark(): Promise<void> {
    const index = this.committedIndex
    const { identity, witness } = this.#parts
    if (index < identity.identity.mustHaveIndex + this.#parts.watermarkEntries) return
    await witness.sync()
    await identity.change({ mustHaveIndex: index })
  }
}

function encode(entries: readonly Entry[], before: Chain): { frames: Frame[]; operations: Operation[] } {
  const frames: Frame[] = []
  const operations: Operation[] = []
  let chain = before
  for (const entry of entries) {
    const encoded = encodeFrame(entry, chain)
    chain = encoded.chain
    frames.push({ entry, chain })
    operations.push({ type: 'put', key: entryKey(entry.index), value: encoded.bytes })
  }
  return { frames, operations }
}
