import { Level } from 'level'
import {
  readAheadBytes,
  type KeyRange,
  type KeyValue,
  type KeyValueOperation,
  type KeyValuePair,
  type KeyValueSnapshot,
} from './key-value.ts'

/**
 * A LevelDB database in a directory. It may lose damaged records silently, and gives wrong values without an error:
 * what is kept here is summed, and the sum compared when it is read back.
 */
export class LevelKeyValue implements KeyValue {
  readonly #level: Level<string, Uint8Array>

  private constructor(level: Level<string, Uint8Array>) {
    this.#level = level
  }

  /**
   * Opens it, exclusively. Without `create`, a directory without a database is an error: LevelDB would otherwise make
   * an empty one in the place of one that is gone.
   */
  static async open(directory: string, { create }: { readonly create: boolean }): Promise<LevelKeyValue> {
    const options = { keyEncoding: 'utf8', valueEncoding: 'view', createIfMissing: create } as const
    const level = new Level<string, Uint8Array>(directory, options)
    await level.open()
    return new LevelKeyValue(level)
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const value: Uint8Array | undefined = await this.#level.get(key)
    return value && plain(value)
  }

  range(range: KeyRange): Promise<readonly KeyValuePair[]> {
    return readRange(this.#level, range)
  }

  batch(operations: readonly KeyValueOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    const list = operations.map(({ key, value }) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    )
    return this.#level.batch(list, { sync })
  }

  /**
   * A synced write alone would not do: it syncs the log that is written now, and not the one before it, whose end may
   * still be unsynced when LevelDB has just begun a new one (google/leveldb#193). To compact a range in which nothing is
   * makes LevelDB write all that it holds in memory into a table, which it syncs. Whether that went well it does not say.
   * So a synced write follows: if the table failed, LevelDB refuses it; if not even a new log could be begun, all that is
   * in no table is in the present one, and is synced with it.
   */
  async sync(): Promise<void> {
    const level = this.#level as unknown as { compactRange(from: string, to: string): Promise<void> }
    await level.compactRange(lastKey, lastKey)
    await this.#level.batch([{ type: 'del', key: nobodysKey }], { sync: true })
  }

  snapshot(): KeyValueSnapshot {
    const level = this.#level
    const snapshot = level.snapshot()
    return {
      get: async (key) => {
        const value: Uint8Array | undefined = await level.get(key, { snapshot })
        return value && plain(value)
      },
      range: (range) => readRange(level, range, { snapshot }),
      close: () => snapshot.close(),
    }
  }

  close(): Promise<void> {
    return this.#level.close()
  }
}

type Snapshot = ReturnType<Level<string, Uint8Array>['snapshot']>

/** Read by read, each of which LevelDB ends after `readAheadBytes`: what is never read takes no memory. */
async function readRange(
  level: Level<string, Uint8Array>,
  { from, to, limit, reverse = false, bytesTarget = Infinity }: KeyRange,
  as: { readonly snapshot?: Snapshot } = {},
): Promise<readonly KeyValuePair[]> {
  const bounds = { gte: from, lt: to, limit, reverse, highWaterMarkBytes: readAheadBytes }
  await using iterator = level.iterator({ ...bounds, ...as })
  const pairs: KeyValuePair[] = []
  let bytes = 0
  while (bytes < bytesTarget) {
    const read = await iterator.nextv(limit)
    if (read.length === 0) break
    for (const [key, value] of read) {
      pairs.push({ key, value: plain(value) })
      bytes += key.length + value.length
    }
  }
  return pairs
}

/** Above all keys that are ever written. */
const lastKey = '\u{10ffff}'

/** Above all keys that mean something, and outside of the range that is compacted: no table has to be merged for it. */
const nobodysKey = '\u{10fffe}'

/** LevelDB gives buffers of Node, whose `slice` shares memory where that of other byte arrays copies. */
function plain(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
