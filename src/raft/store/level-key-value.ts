import { Level } from 'level'
import { KeyValueError, type KeyValue, type Operation } from './key-value.ts'

/** Pairs a slice: reading and checking them takes about 2 ms. */
const slicePairs = 1000

/** Bytes a slice may hold in memory. */
const sliceBytes = 1024 * 1024

/**
 * Opens a LevelDB. `create` is for a new directory only: LevelDB's own default makes an empty database where a lost
 * file leaves it nothing to find. Throws `KeyValueError`.
 */
export async function openLevel(location: string, options: { readonly create: boolean }): Promise<KeyValue> {
  const level = new Level<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view' })
  try {
    await level.open({ createIfMissing: options.create, errorIfExists: options.create })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error)
    const locked = 'code' in cause && cause.code === 'LEVEL_LOCKED'
    throw new KeyValueError(locked ? 'locked' : 'unreadable', cause.message, { cause: error })
  }
  return new LevelKeyValue(level)
}

class LevelKeyValue implements KeyValue {
  readonly #level: Level<Uint8Array, Uint8Array>

  constructor(level: Level<Uint8Array, Uint8Array>) {
    this.#level = level
  }

  async batch(operations: readonly Operation[]): Promise<void> {
    await this.#level.batch([...operations], { sync: true })
  }

  get(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.#level.getSync(key)
    } catch (error) {
      throw unreadable(error)
    }
  }

  async *slices(range: {
    readonly from: Uint8Array
    readonly until: Uint8Array
  }): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> {
    const iterator = this.#level.iterator({ gte: range.from, lt: range.until, highWaterMarkBytes: sliceBytes })
    try {
      for (;;) {
        const pairs = await iterator.nextv(slicePairs).catch((error: unknown) => {
          throw unreadable(error)
        })
        if (pairs.length === 0) return
        yield pairs
      }
    } finally {
      await iterator.close()
    }
  }

  async close(): Promise<void> {
    await this.#level.close()
  }
}

/** LevelDB has noticed by itself that something is wrong, as it does of a block that does not unpack. */
function unreadable(error: unknown): KeyValueError {
  const message = error instanceof Error ? error.message : String(error)
  return new KeyValueError('unreadable', message, { cause: error })
}
