import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyValue } from './key-value.ts'
import { LevelKeyValue } from './level-key-value.ts'
import { damagedStateName, firstStateName, stateNamePattern, type StateDirectories } from './state-directories.ts'

/** Name of the file with the name of the directory that counts; missing as long as that is the first one. */
export const statePointerFile = 'state.pointer'

/** The states of a data directory of the file system. */
export function nodeStateDirectories(root: string): StateDirectories {
  return new NodeStateDirectories(root)
}

class NodeStateDirectories implements StateDirectories {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async current(): Promise<string | undefined> {
    try {
      const name = (await readFile(join(this.#root, statePointerFile), 'utf8')).trim()
      return stateNamePattern.test(name) ? name : undefined
    } catch (error) {
      if (isMissing(error)) return firstStateName
      throw error
    }
  }

  async point(name: string): Promise<void> {
    await syncPath(join(this.#root, name))
    const temporary = join(this.#root, `${statePointerFile}.new`)
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(`${name}\n`)
    await file.sync()
    // The directory's own name is made durable with that of the pointer: both stand in the same directory.
    await syncPath(this.#root)
    await rename(temporary, join(this.#root, statePointerFile))
    await syncPath(this.#root)
  }

  async open(name: string, options: { readonly create: boolean }): Promise<KeyValue> {
    return LevelKeyValue.open(join(this.#root, name), options)
  }

  async names(): Promise<readonly string[]> {
    return (await readdir(this.#root)).filter((name) => stateNamePattern.test(name))
  }

  /** LevelDB's files are small, so no single one holds a thread of the pool, or the file system, for long. */
  async remove(name: string): Promise<void> {
    const directory = join(this.#root, name)
    const files = await readdir(directory).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    })
    for (const file of files) await rm(join(directory, file), { force: true })
    await rm(directory, { recursive: true, force: true })
  }

  async setAside(name: string): Promise<void> {
    const damaged = join(this.#root, damagedStateName)
    await rm(damaged, { recursive: true, force: true })
    await rename(join(this.#root, name), damaged).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
    // The pointer goes before anything stands where it leads without one.
    await rm(join(this.#root, firstStateName), { recursive: true, force: true })
    await rm(join(this.#root, statePointerFile), { force: true })
  }
}

/** A name in a directory is durable only once the directory itself is. */
async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
