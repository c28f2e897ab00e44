/** One change of a batch; without a value the key is removed. */
export interface Change {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** A batch that may yet be lost, with what stood there before it. */
interface Batch {
  readonly undo: readonly Change[]
  readonly isSynced: boolean
}

/** Batches that damage or a loss of power can still take away; older ones are on the disk for good. */
const batchesKept = 64

/**
 * A database as the disk holds it, whoever has it open: what a loss of power or damage leaves of it is decided here. It
 * behaves as LevelDB was seen to: batches are whole or not at all, unsynced ones go from the end, and damage may take
 * synced ones too, at the end or in the middle, without a word.
 */
export class StoredDatabase {
  readonly #pairs = new Map<string, Uint8Array>()
  #batches: Batch[] = []
  #sorted: readonly string[] | undefined

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

  apply(changes: readonly Change[], options: { readonly isSynced: boolean }): void {
    const undo: Change[] = []
    for (const { key, value } of changes) {
      const before = this.#pairs.get(key)
      undo.push({ key, value: before })
      this.#set(key, value)
    }
    this.#batches.push({ undo, isSynced: options.isSynced })
    if (this.#batches.length > batchesKept) this.#batches.shift()
  }

  /** Batches at the end that no sync has made certain. */
  get unsyncedCount(): number {
    let count = 0
    while (count < this.#batches.length && !this.#batches[this.#batches.length - 1 - count]!.isSynced) count++
    return count
  }

  /** Batches that can be lost. */
  get batchCount(): number {
    return this.#batches.length
  }

  /** Loses the last batches. */
  loseTail(count: number): void {
    for (let lost = 0; lost < count && this.#batches.length > 0; lost++) this.#undo(this.#batches.pop()!, new Set())
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
