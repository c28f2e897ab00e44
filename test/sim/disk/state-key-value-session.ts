import type {
  KeyRange,
  KeyValue,
  KeyValueOperation,
  KeyValuePair,
  KeyValueSnapshot,
} from '../../../src/state/storage/key-value.ts'
import { copyOf, MemoryKeyValue } from '../../../src/state/storage/memory-key-value.ts'
import type { DiskSession } from './disk-session.ts'
import type { StoredDatabase } from './stored-database.ts'
import { copied } from './copied.ts'

/** The database of the state as the replica sees it. Keys order as UTF-8, which differs from UTF-16 only by surrogates. */
export class StateKeyValueSession implements KeyValue {
  readonly #session: DiskSession
  readonly #path: string
  readonly #database: StoredDatabase
  readonly #release: () => void

  constructor(session: DiskSession, path: string, database: StoredDatabase, release: () => void) {
    this.#session = session
    this.#path = path
    this.#database = database
    this.#release = release
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#session.read(() => {
      const value = this.#database.get(stored(key))
      return value && copied(value)
    })
  }

  range({ from, to, limit, reverse = false, bytesTarget }: KeyRange): Promise<readonly KeyValuePair[]> {
    return this.#session.read(() => {
      const start = this.#database.positionOf(stored(from))
      const end = this.#database.positionOf(stored(to))
      const keys = reverse
        ? this.#database
            .keys()
            .slice(Math.max(start, end - limit), end)
            .toReversed()
        : this.#database.keys().slice(start, Math.min(end, start + limit))
      const pairs = keys.map((key) => ({ key: original(key), value: this.#database.get(key)! }))
      return copyOf(pairs, bytesTarget)
    })
  }

  batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void> {
    const { disk } = this.#session
    const changes = operations.map(({ key, value }) => ({ key: stored(key), value: value && copied(value) }))
    return this.#session.batch(this.#database, () => {
      if (!this.#database.isBroken) disk.onBatch(this.#path, changes)
      this.#database.apply(changes, { isSynced: options.sync })
    })
  }

  sync(): Promise<void> {
    return this.#session.write(() => this.#database.compactMemory())
  }

  snapshot(): KeyValueSnapshot {
    const copy = new MemoryKeyValue()
    const session = this.#session
    const operations = this.#database.keys().map((key) => ({ key: original(key), value: this.#database.get(key)! }))
    // In memory it is there in this very turn.
    void copy.batch(operations, { sync: false })
    return {
      get: (key) => session.read(() => copy.get(key)),
      range: (range) => session.read(() => copy.range(range)),
      close: () => copy.close(),
    }
  }

  close(): Promise<void> {
    return this.#session.read(() => this.#release())
  }
}

/** A key in a form whose UTF-16 order is the order of its UTF-8 bytes; most keys are in it already. */
function stored(key: string): string {
  return isAscii(key) ? key : Buffer.from(key, 'utf8').toString('latin1')
}

function original(key: string): string {
  return isAscii(key) ? key : Buffer.from(key, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
