/** One change of a batch. */
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/**
 * An ordered map of bytes to bytes on a disk: what the log needs of LevelDB, and no more. Keys order as unsigned bytes.
 * Every implementation passes `keyValueContract`.
 */
export interface KeyValue {
  /**
   * Makes all operations durable together, or none of them. A rejection says nothing about which of both it was, and
   * the handle is poisoned: google/leveldb#577 acknowledges later writes that are lost. The caller must end the process.
   */
  batch(operations: readonly Operation[]): Promise<void>

  /** The value, in this very loop turn; for single entries that have left memory. The caller owns the bytes. */
  get(key: Uint8Array): Uint8Array | undefined

  /** All pairs with `from` <= key < `until`, ascending, in slices that leave the event loop free between them. */
  slices(range: {
    readonly from: Uint8Array
    readonly until: Uint8Array
  }): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]>

  /** Waits for a batch in flight, then lets go of the directory. */
  close(): Promise<void>
}

/** A database that does not open, `locked` by another process or `unreadable`, or that cannot be read any further. */
export class KeyValueError extends Error {
  override readonly name = 'KeyValueError'
  readonly kind: 'locked' | 'unreadable'

  constructor(kind: 'locked' | 'unreadable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
