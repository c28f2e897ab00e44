import type { KeyRange, KeyValue, KeyValueOperation, KeyValuePair, KeyValueSnapshot } from './key-value.ts'
import { compareUtf8 } from './compare-utf8.ts'

/** A store in memory, for tests and for what must not touch its disk. `copy` gives what a crash at this moment leaves behind. */
export class MemoryKeyValue implements KeyValue {
  readonly #values: Map<string, Uint8Array>

  constructor(values: Iterable<readonly [string, Uint8Array]> = []) {
    this.#values = new Map(values)
  }

  copy(): MemoryKeyValue {
    return new MemoryKeyValue(this.#values)
  }

  get(key: string): Promise<Uint8Array | undefined> {
    const value = this.#values.get(key)
    return Promise.resolve(value && new Uint8Array(value))
  }

  range({ from, to, limit, reverse = false, bytesTarget }: KeyRange): Promise<readonly KeyValuePair[]> {
    const keys = [...this.#values.keys()].filter((key) => compareUtf8(key, from) >= 0 && compareUtf8(key, to) < 0)
    keys.sort(compareUtf8)
    if (reverse) keys.reverse()
    const pairs = keys.slice(0, limit).map((key) => ({ key, value: this.#values.get(key)! }))
    return Promise.resolve(copyOf(pairs, bytesTarget))
  }

  batch(operations: readonly KeyValueOperation[], _options: { readonly sync: boolean }): Promise<void> {
    for (const { key, value } of operations) {
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, new Uint8Array(value))
    }
    return Promise.resolve()
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  snapshot(): KeyValueSnapshot {
    return this.copy()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Copies of the first pairs, until they hold so many bytes. */
export function copyOf(pairs: readonly KeyValuePair[], bytesTarget = Infinity): KeyValuePair[] {
  const copies: KeyValuePair[] = []
  let bytes = 0
  for (const { key, value } of pairs) {
    if (bytes >= bytesTarget) break
    // Not `slice`: that of a `Buffer` is the same memory.
    copies.push({ key, value: new Uint8Array(value) })
    bytes += key.length + value.length
  }
  return copies
}
