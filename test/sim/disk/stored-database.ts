import type { Dice } from '../world/dice.ts'

/** One change of a batch; without a value the key is removed. */
export interface Change {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** A batch that may yet be lost, with what stood there before it. */
interface Batch {
  readonly undo: readonly Change[]
  /** Sure to survive the loss of power, with all before it in the same write-ahead log. */
  readonly isSynced: boolean
  /** The write-ahead log that it stands in, by number. */
  readonly log: number
  /** It was acknowledged, and stands in memory alone: whoever opens the database next does not find it. */
  readonly isVoid: boolean
}

/** Batches that damage or a loss of power can still take away; older ones are on the disk for good. */
const batchesKept = 64

/** How often a batch begins another write-ahead log, of all batches; not at all in databases of which little is asked. */
const newLogChances = [0, 0.02, 0.1] as const

/**
 * A database as the disk holds it, whoever has it open: what a loss of power or damage leaves of it is decided here. It
 * behaves as LevelDB was seen to: batches are whole or not at all, unsynced ones go from the end, and damage may take
 * synced ones too, at the end or in the middle, without a word.
 *
 * ```
 *   tables │ write-ahead log 6  │ write-ahead log 7
 *   durable│ u u s u u          │ u u s u u            s: synced, u: not
 *          │       └──┘ may go  │       └──┘ may go
 *          │ google/leveldb#193 │ the end
 * ```
 *
 * A log is left without a sync when the next one begins, and the end of it may be lost although what was synced since
 * survives. Once a third begins, the first is in tables, which LevelDB syncs.
 */
export class StoredDatabase {
  readonly #dice: Dice
  readonly #newLogChance: number
  readonly #pairs = new Map<string, Uint8Array>()
  #batches: Batch[] = []
  #sorted: readonly string[] | undefined
  /** The write-ahead log that is written now. */
  #log = 0
  /** All of the logs before this one is in tables. */
  #oldestLog = 0
  #isBroken = false

  constructor(dice: Dice) {
    this.#dice = dice
    this.#newLogChance = dice.pick(newLogChances)
  }

  get(key: string): Uint8Array | undefined {
    return this.#pairs.get(key)
  }

  get size(): number {
    return this.#pairs.size
  }

  /** All keys in the order of their UTF-16 code units, which is that of their bytes for what is stored here. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#pairs.keys()].sort()
    return this.#sorted
  }

  /** Position of the first key that is not below this one. */
  positionOf(key: string): number {
    const keys = this.keys()
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }

  apply(changes: readonly Change[], { isSynced }: { readonly isSynced: boolean }): void {
    if (!this.#isBroken && this.#dice.chance(this.#newLogChance)) this.#oldestLog = this.#log++
    const undo: Change[] = []
    for (const { key, value } of changes) {
      const before = this.#pairs.get(key)
      undo.push({ key, value: before })
      this.#set(key, value)
    }
    this.#batches.push({ undo, isSynced, log: this.#log, isVoid: this.#isBroken })
    if (this.#batches.length > batchesKept && !this.#batches[0]!.isVoid) this.#batches.shift()
  }

  /** All that is in memory goes into a table, and is durable. */
  compactMemory(): void {
    this.#log++
    this.#oldestLog = this.#log
    this.#isBroken = false
  }

  /**
   * A write to the log failed half-way, as on a full disk. LevelDB tells whoever asked for it, goes on behind what it
   * left, and finds nothing of that when it opens the log again (google/leveldb#577).
   */
  breakLog(): void {
    this.#isBroken = true
  }

  /** What is acknowledged now does not last. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Nobody has it open any more. */
  close(): void {
    this.#isBroken = false
    while (this.#batches.length > 0 && this.#isUncertain(this.#batches.at(-1)!) && this.#batches.at(-1)!.isVoid) {
      this.#undo(this.#batches.pop()!, new Set())
    }
  }

  /** Batches at the end that no sync has made certain. */
  get unsyncedCount(): number {
    let count = 0
    while (count < this.#batches.length && this.#isUnsynced(this.#batches[this.#batches.length - 1 - count]!)) count++
    return count
  }

  /** Not in a table. */
  #isUncertain({ log }: Batch): boolean {
    return log >= this.#oldestLog
  }

  #isUnsynced(batch: Batch): boolean {
    return !batch.isSynced && this.#isUncertain(batch)
  }

  /** Batches that can be lost. */
  get batchCount(): number {
    return this.#batches.length
  }

  /** Loses the last batches. */
  loseTail(count: number): void {
    for (let lost = 0; lost < count && this.#batches.length > 0; lost++) this.#undo(this.#batches.pop()!, new Set())
  }

  /** With the power goes the end of a log that was left without a sync, though what was synced in the next one stays. */
  loseEndOfOlderLog(): void {
    const synced = this.#batches.findLast(({ isSynced }) => isSynced)
    if (synced === undefined) return
    const end = this.#batches.findIndex(({ log }) => log === synced.log)
    let begin = end
    while (begin > 0 && this.#isUnsynced(this.#batches[begin - 1]!)) begin--
    const lost = this.#dice.below(end - begin + 1)
    if (lost > 0) this.loseMiddle(lost, this.#batches.length - end)
  }

  /** Loses batches before the last `kept` ones; what later ones wrote stays. */
  loseMiddle(lost: number, kept: number): void {
    const end = Math.max(0, this.#batches.length - kept)
    const later = new Set(this.#batches.slice(end).flatMap(({ undo }) => undo.map(({ key }) => key)))
    for (let at = end - 1; at >= Math.max(0, end - lost); at--) this.#undo(this.#batches[at]!, later)
    this.#batches = []
  }

  /** Puts bytes in a place without anybody having asked for it. */
  damage(key: string, value: Uint8Array | undefined): void {
    this.#set(key, value)
  }

  empty(): void {
    this.#pairs.clear()
    this.#batches = []
    this.#sorted = undefined
  }

  #undo({ undo }: Batch, spared: ReadonlySet<string>): void {
    for (let at = undo.length - 1; at >= 0; at--) {
      const { key, value } = undo[at]!
      if (!spared.has(key)) this.#set(key, value)
    }
  }

  #set(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) {
      if (this.#pairs.delete(key)) this.#sorted = undefined
    } else {
      if (!this.#pairs.has(key)) this.#sorted = undefined
      this.#pairs.set(key, value)
    }
  }
}
