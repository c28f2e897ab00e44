import type { Disk } from './disk.ts'
import type { Files, OpenFile } from './files.ts'
import { KeyValueError, type KeyValue, type Operation } from './key-value.ts'

/** A crash to come: at which write, and what of it and of all unsynced writes before it survives. */
export interface Crash {
  /** Counts from 1 over all writes, synced or not. */
  readonly atWrite: number
  /** `process`: unsynced writes survive. `power`: each survives or not, as `random` says. */
  readonly kind: 'process' | 'power'
  /** A whole number in [0, below). */
  readonly random: (below: number) => number
}

interface MemoryFile {
  content: Uint8Array
  /** What survives the loss of power for certain. */
  synced: Uint8Array
  /** Writes since the last sync, in order. */
  readonly unsynced: { readonly position: number; readonly bytes: Uint8Array }[]
}

type Pairs = Map<string, Uint8Array>

/**
 * A disk in memory that can crash at any write: the write that the crash strikes may be done, not done or, in a file,
 * torn; its promise never resolves, and nothing after it is done. `restart` gives the disk as it is found afterwards.
 */
export class MemoryDisk implements Disk {
  readonly directory = '/memory'
  readonly files: Files = new MemoryFiles(this)
  readonly fileMap = new Map<string, MemoryFile>()
  readonly directories = new Set<string>()
  readonly databases = new Map<string, Pairs>()
  readonly #open = new Set<string>()
  readonly #crash: Crash | undefined
  #writes = 0
  #crashed = false

  constructor(crash?: Crash) {
    this.#crash = crash
  }

  /** Writes so far. */
  get writes(): number {
    return this.#writes
  }

  get crashed(): boolean {
    return this.#crashed
  }

  /** The disk as it is found after the crash, or after the process has been killed now. */
  restart(crash?: Crash): MemoryDisk {
    const disk = new MemoryDisk(crash)
    for (const directory of this.directories) disk.directories.add(directory)
    for (const [path, pairs] of this.databases) disk.databases.set(path, new Map(pairs))
    for (const [path, file] of this.fileMap) disk.fileMap.set(path, this.#surviving(file))
    return disk
  }

  openKeyValue(path: string, options: { readonly create: boolean }): Promise<KeyValue> {
    return this.act(() => {
      if (this.#open.has(path)) throw new KeyValueError('locked', `${path} is open`)
      if (options.create === this.databases.has(path))
        throw new KeyValueError('unreadable', `${path} is not as expected`)
      if (options.create) this.databases.set(path, new Map())
      this.directories.add(path)
      this.#open.add(path)
      return new MemoryKeyValue(this, this.databases.get(path)!, () => this.#open.delete(path))
    })
  }

  /** Does something that is no write; after a crash, never. */
  async act<Result>(effect: () => Result): Promise<Result> {
    if (this.#crashed) return new Promise<never>(() => {})
    await Promise.resolve()
    return effect()
  }

  /** Does a write that is durable once it resolves. `tear` does a part of it. */
  async write(effect: () => void, tear: () => void = () => {}): Promise<void> {
    if (this.#strikes(effect, tear) || this.#crashed) return new Promise<never>(() => {})
    await Promise.resolve()
    effect()
  }

  /** Does a write in this loop turn. */
  writeNow(effect: () => void): void {
    if (this.#crashed || this.#strikes(effect, () => {})) return
    effect()
  }

  #strikes(effect: () => void, tear: () => void): boolean {
    if (this.#crashed) return false
    this.#writes++
    if (this.#writes !== this.#crash?.atWrite) return false
    this.#crashed = true
    const fate = this.#crash.random(3)
    if (fate === 1) effect()
    if (fate === 2) tear()
    return true
  }

  /** The system still holds what a process has not synced, and may yet lose it with the power. */
  #surviving({ content, synced, unsynced }: MemoryFile): MemoryFile {
    if (this.#crash?.kind !== 'power') {
      return { content: Uint8Array.from(content), synced: Uint8Array.from(synced), unsynced: [...unsynced] }
    }
    let left: Uint8Array = Uint8Array.from(synced)
    for (const { position, bytes } of unsynced) {
      if (this.#crash.random(2) === 1) left = overwritten(left, position, bytes)
    }
    return { content: left, synced: left, unsynced: [] }
  }
}

class MemoryKeyValue implements KeyValue {
  readonly #disk: MemoryDisk
  readonly #pairs: Pairs
  readonly #release: () => void

  constructor(disk: MemoryDisk, pairs: Pairs, release: () => void) {
    this.#disk = disk
    this.#pairs = pairs
    this.#release = release
  }

  batch(operations: readonly Operation[]): Promise<void> {
    return this.#disk.write(() => {
      for (const operation of operations) {
        if (operation.type === 'put') this.#pairs.set(text(operation.key), Uint8Array.from(operation.value))
        else this.#pairs.delete(text(operation.key))
      }
    })
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#pairs.get(text(key))
    return value && Uint8Array.from(value)
  }

  async *slices(range: {
    readonly from: Uint8Array
    readonly until: Uint8Array
  }): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> {
    const keys = [...this.#pairs.keys()].filter((key) => key >= text(range.from) && key < text(range.until)).sort()
    for (let start = 0; start < keys.length; start += 100) {
      yield await this.#disk.act(() =>
        keys.slice(start, start + 100).map((key) => [bytesOf(key), Uint8Array.from(this.#pairs.get(key)!)] as const),
      )
    }
  }

  close(): Promise<void> {
    return this.#disk.act(() => this.#release())
  }
}

class MemoryFiles implements Files {
  readonly #disk: MemoryDisk

  constructor(disk: MemoryDisk) {
    this.#disk = disk
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#disk.act(() => {
      const file = this.#disk.fileMap.get(path)
      return file && Uint8Array.from(file.content)
    })
  }

  replace(path: string, content: Uint8Array): Promise<void> {
    return this.#disk.write(() => {
      const copy = Uint8Array.from(content)
      this.#disk.fileMap.set(path, { content: copy, synced: Uint8Array.from(copy), unsynced: [] })
    })
  }

  open(path: string): Promise<OpenFile> {
    return this.#disk.act(() => {
      const file = this.#disk.fileMap.get(path)
      if (file === undefined) throw new Error(`${path} is missing`)
      return new MemoryOpenFile(this.#disk, file)
    })
  }

  async create(path: string): Promise<OpenFile> {
    await this.#disk.write(() => {
      this.#disk.fileMap.set(path, { content: new Uint8Array(), synced: new Uint8Array(), unsynced: [] })
    })
    return this.open(path)
  }

  sizeOf(path: string): Promise<number | undefined> {
    return this.#disk.act(() => this.#disk.fileMap.get(path)?.content.length)
  }

  readPart(path: string, part: { readonly position: number; readonly sizeBytes: number }): Promise<Uint8Array> {
    return this.#disk.act(() => {
      const file = this.#disk.fileMap.get(path)
      if (file === undefined) throw new Error(`${path} is missing`)
      return file.content.slice(part.position, part.position + part.sizeBytes)
    })
  }

  renameFile(names: { readonly from: string; readonly to: string }): Promise<void> {
    return this.#disk.write(() => {
      const file = this.#disk.fileMap.get(names.from)
      if (file === undefined) throw new Error(`${names.from} is missing`)
      this.#disk.fileMap.delete(names.from)
      this.#disk.fileMap.set(names.to, file)
    })
  }

  removeFile(path: string): Promise<void> {
    return this.#disk.write(() => this.#disk.fileMap.delete(path))
  }

  exists(path: string): Promise<boolean> {
    return this.#disk.act(() => this.#disk.fileMap.has(path) || this.#disk.directories.has(path))
  }

  makeDirectory(path: string): Promise<void> {
    return this.#disk.write(() => {
      const names = path.split('/')
      for (let count = 1; count <= names.length; count++) this.#disk.directories.add(names.slice(0, count).join('/'))
    })
  }

  renameDirectory(names: { readonly from: string; readonly to: string }): Promise<void> {
    return this.#disk.write(() => {
      const { fileMap, directories, databases } = this.#disk
      if (directories.has(names.to)) throw new Error(`${names.to} is taken`)
      moveUnder(fileMap, names)
      moveUnder(databases, names)
      for (const directory of [...directories].filter((path) => isUnder(path, names.from))) {
        directories.delete(directory)
        directories.add(`${names.to}${directory.slice(names.from.length)}`)
      }
    })
  }

  removeDirectory(path: string): Promise<void> {
    return this.#disk.write(() => {
      const { fileMap, directories, databases } = this.#disk
      for (const names of [fileMap, directories, databases]) {
        for (const name of [...names.keys()].filter((candidate) => isUnder(candidate, path))) names.delete(name)
      }
    })
  }
}

class MemoryOpenFile implements OpenFile {
  readonly #disk: MemoryDisk
  readonly #file: MemoryFile

  constructor(disk: MemoryDisk, file: MemoryFile) {
    this.#disk = disk
    this.#file = file
  }

  write({ position, bytes }: { readonly position: number; readonly bytes: Uint8Array }): void {
    this.#disk.writeNow(() => {
      this.#file.content = overwritten(this.#file.content, position, bytes)
      this.#file.unsynced.push({ position, bytes: Uint8Array.from(bytes) })
    })
  }

  sync(): Promise<void> {
    return this.#disk.write(
      () => {
        this.#file.synced = Uint8Array.from(this.#file.content)
        this.#file.unsynced.length = 0
      },
      () => {
        const last = this.#file.unsynced.pop()
        if (last === undefined) return
        this.#file.unsynced.push({ ...last, bytes: last.bytes.slice(0, last.bytes.length / 2) })
      },
    )
  }

  close(): Promise<void> {
    return this.#disk.act(() => {})
  }
}

/** Bytes with others put over them, longer if these reach beyond the end. */
function overwritten(before: Uint8Array, position: number, bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array(Math.max(before.length, position + bytes.length))
  content.set(before)
  content.set(bytes, position)
  return content
}

function moveUnder<Value>(map: Map<string, Value>, names: { readonly from: string; readonly to: string }): void {
  for (const [path, value] of [...map].filter(([candidate]) => isUnder(candidate, names.from))) {
    map.delete(path)
    map.set(`${names.to}${path.slice(names.from.length)}`, value)
  }
}

function isUnder(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

/** Keys as text, whose order is that of their bytes. */
function text(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}

function bytesOf(key: string): Uint8Array {
  return Uint8Array.from(Buffer.from(key, 'latin1'))
}
