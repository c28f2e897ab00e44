/**
 * The port to an ordered store of bytes. Keys are text, ordered by their UTF-8 bytes. Implementations run the suite in
 * `key-value.contract.ts`.
 */
export interface KeyValue {
  /** The value of a key; undefined if there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Up to `limit` pairs with `from` ≤ key < `to`, ascending, or descending from the end if `reverse`. */
  range(range: KeyRange): Promise<readonly KeyValuePair[]>
  /**
   * All of it or nothing, in order. Unless `sync`, it is on its way to the disk when this resolves, not there. One with
   * `sync` is there, and says nothing of those before it.
   * A rejection means that nothing can be known about the store any more.
   */
  batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void>
  /** What every `batch` that has resolved wrote survives the loss of power once this has resolved. */
  sync(): Promise<void>
  /** What is there now, to be read while it changes. */
  snapshot(): KeyValueSnapshot
  close(): Promise<void>
}

/** A store as it was when the snapshot was taken. Keeps disk space until it is closed. */
export interface KeyValueSnapshot {
  get(key: string): Promise<Uint8Array | undefined>
  range(range: KeyRange): Promise<readonly KeyValuePair[]>
  close(): Promise<void>
}

export interface KeyRange {
  readonly from: string
  readonly to: string
  readonly limit: number
  readonly reverse?: boolean
  /**
   * Nothing more is read once keys and values hold this much: the range then ends early, as it does at its limit, and
   * what was read exceeds this by no more than its last pair and `readAheadBytes`. At least one pair is given, if there
   * is one.
   */
  readonly bytesTarget?: number
}

/** What a store may read beyond a `bytesTarget`, beside the pair that reaches it. */
export const readAheadBytes = 64 * 1024

export interface KeyValuePair {
  readonly key: string
  readonly value: Uint8Array
}

/** Without `value` the key is removed. */
export interface KeyValueOperation {
  readonly key: string
  readonly value: Uint8Array | undefined
}
