import type { KeyValue, Operation } from '../../../src/raft/store/key-value.ts'
import type { DiskSession } from './disk-session.ts'
import type { SimDisk } from './sim-disk.ts'
import type { Change, StoredDatabase } from './stored-database.ts'
import { copied } from './copied.ts'

const sliceKeysMax = 1000

/** The database of the log as the store sees it. Every batch is synced. */
export class LogKeyValue implements KeyValue {
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

  batch(operations: readonly Operation[]): Promise<void> {
    const { disk } = this.#session
    const changes = operations.map((operation): Change => {
      const key = textOf(operation.key)
      return { key, value: operation.type === 'put' ? copied(operation.value) : undefined }
    })
    return this.#session.batch(this.#database, () => {
      if (!this.#database.isBroken) disk.onBatch(this.#path, changes)
      this.#database.apply(disk.misdirects ? misdirected(changes, disk) : changes, { isSynced: true })
    })
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#database.get(textOf(key))
    return value && copied(value)
  }

  async *slices(range: {
    readonly from: Uint8Array
    readonly until: Uint8Array
  }): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> {
    const [from, until] = [textOf(range.from), textOf(range.until)]
    const keys = this.#database.keys().slice(this.#database.positionOf(from), this.#database.positionOf(until))
    for (let start = 0; start < keys.length; start += sliceKeysMax) {
      yield await this.#session.read(() =>
        keys.slice(start, start + sliceKeysMax).map((key) => [bytesOf(key), copied(this.#database.get(key)!)] as const),
      )
    }
  }

  close(): Promise<void> {
    return this.#session.read(() => this.#release())
  }
}

/** One value stands where the one before it belongs: a whole, valid record in the wrong place. */
function misdirected(changes: readonly Change[], disk: SimDisk): readonly Change[] {
  const puts = changes.filter(({ value }) => value !== undefined)
  const [first, second] = puts
  if (first === undefined || second === undefined) return changes
  disk.misdirects = false
  disk.misdirectedUs = disk.timeline.nowUs
  return [...changes, { key: second.key, value: first.value }]
}

/** Keys as text, whose order is that of their bytes. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

function bytesOf(key: string): Uint8Array {
  return Uint8Array.from(Buffer.from(key, 'latin1'))
}
