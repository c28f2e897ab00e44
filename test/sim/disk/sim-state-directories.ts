import type { KeyValue } from '../../../src/state/storage/key-value.ts'
import { statePointerFile } from '../../../src/state/storage/node-state-directories.ts'
import {
  damagedStateName,
  firstStateName,
  stateNamePattern,
  type StateDirectories,
} from '../../../src/state/storage/state-directories.ts'
import type { DiskSession } from './disk-session.ts'
import type { SimDisk } from './sim-disk.ts'

/** The states on a simulated disk, as one process sees them. */
export class SimStateDirectories implements StateDirectories {
  readonly #session: DiskSession

  constructor(session: DiskSession) {
    this.#session = session
  }

  current(): Promise<string | undefined> {
    return this.#session.read(() => currentStateOf(this.#session.disk))
  }

  async point(name: string): Promise<void> {
    if (!this.#session.disk.directories.has(name)) throw new Error(`there is no ${name}`)
    await this.#session.files.replace(statePointerFile, Buffer.from(`${name}\n`))
  }

  open(name: string, options: { readonly create: boolean }): Promise<KeyValue> {
    return this.#session.openState(name, options)
  }

  names(): Promise<readonly string[]> {
    return this.#session.read(() =>
      [...this.#session.disk.databases.keys()].filter((name) => stateNamePattern.test(name)),
    )
  }

  async setAside(name: string): Promise<void> {
    const { files } = this.#session
    await files.removeDirectory(damagedStateName)
    if (await files.exists(name)) await files.renameDirectory({ from: name, to: damagedStateName })
    await files.removeDirectory(firstStateName)
    await files.removeFile(statePointerFile)
  }

  remove(name: string): Promise<void> {
    return this.#session.files.removeDirectory(name)
  }
}

/** The state that counts on a disk; undefined if its pointer is not what was written. */
export function currentStateOf(disk: SimDisk): string | undefined {
  const pointer = disk.files.get(statePointerFile)
  if (pointer === undefined) return firstStateName
  const name = Buffer.from(pointer.content).toString('utf8').trim()
  return stateNamePattern.test(name) ? name : undefined
}
