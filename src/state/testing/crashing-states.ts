import type { KeyValue } from '../storage/key-value.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import { firstStateName, stateNamePattern, type StateDirectories } from '../storage/state-directories.ts'

/**
 * State directories in memory that lose power at a write: it and all after it never end. Of a database, what was not
 * synced is lost from some batch on.
 */
export class CrashingStates implements StateDirectories {
  pointer = firstStateName
  readonly databases = new Map<
    string,
    { durable: MemoryKeyValue; readonly batches: (readonly [string, Uint8Array | undefined][])[] }
  >()
  readonly #crashAt: number
  readonly #random: (below: number) => number
  writes = 0

  constructor(crashAt = Infinity, random: (below: number) => number = () => 0) {
    this.#crashAt = crashAt
    this.#random = random
  }

  get crashed(): boolean {
    return this.writes >= this.#crashAt
  }

  /** What is found afterwards. */
  restart(crashAt = Infinity, random: (below: number) => number = () => 0): CrashingStates {
    const found = new CrashingStates(crashAt, random)
    found.pointer = this.pointer
    for (const [name, { durable, batches }] of this.databases) {
      const kept = durable.copy()
      for (const batch of batches.slice(0, this.#random(batches.length + 1))) apply(kept, batch)
      found.databases.set(name, { durable: kept, batches: [] })
    }
    return found
  }

  current(): Promise<string | undefined> {
    return Promise.resolve(this.pointer)
  }

  point(name: string): Promise<void> {
    return this.#write(() => (this.pointer = name))
  }

  async open(name: string, { create }: { readonly create: boolean }): Promise<KeyValue> {
    if (create === this.databases.has(name)) throw new Error(`${name} is not as expected`)
    if (create) await this.#write(() => this.databases.set(name, { durable: new MemoryKeyValue(), batches: [] }))
    const database = this.databases.get(name)!
    const shown = database.durable.copy()
    return {
      get: (key) => shown.get(key),
      range: (range) => shown.range(range),
      snapshot: () => shown.snapshot(),
      close: () => Promise.resolve(),
      batch: (operations) =>
        this.#write(() => {
          const batch = operations.map(({ key, value }) => [key, value] as [string, Uint8Array | undefined])
          database.batches.push(batch)
          apply(shown, batch)
        }),
      sync: () =>
        this.#write(() => {
          database.durable = shown.copy()
          database.batches.length = 0
        }),
    }
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.databases.keys()].filter((name) => stateNamePattern.test(name)))
  }

  async setAside(name: string): Promise<void> {
    await this.remove(name)
    await this.remove(firstStateName)
    await this.point(firstStateName)
  }

  remove(name: string): Promise<void> {
    return this.#write(() => this.databases.delete(name))
  }

  /** The write that the crash strikes is done or not; nobody hears of it. */
  async #write(effect: () => unknown): Promise<void> {
    if (this.crashed) return new Promise<never>(() => {})
    this.writes++
    if (!this.crashed || this.#random(2) === 1) effect()
    if (this.crashed) return new Promise<never>(() => {})
    await Promise.resolve()
  }
}

function apply(store: MemoryKeyValue, batch: readonly (readonly [string, Uint8Array | undefined])[]): void {
  void store.batch(
    batch.map(([key, value]) => ({ key, value })),
    { sync: false },
  )
}
