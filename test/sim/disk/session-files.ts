import type { Files, OpenFile } from '../../../src/raft/store/files.ts'
import type { DiskSession } from './disk-session.ts'
import { StoredFile } from './stored-file.ts'
import { copied } from './copied.ts'

/** The files beside the log, as one process sees them. */
export class SessionFiles implements Files {
  readonly #session: DiskSession

  constructor(session: DiskSession) {
    this.#session = session
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#session.read(() => {
      const file = this.#session.disk.files.get(path)
      return file && copied(file.content)
    })
  }

  replace(path: string, content: Uint8Array): Promise<void> {
    return this.#session.write(() => {
      this.#session.disk.files.set(path, new StoredFile(content))
    })
  }

  open(path: string): Promise<OpenFile> {
    return this.#session.read(() => {
      const file = this.#session.disk.files.get(path)
      if (file === undefined) throw new Error(`${path} is missing`)
      return new SessionFile(this.#session, file)
    })
  }

  create(path: string): Promise<OpenFile> {
    const file = new StoredFile(new Uint8Array())
    return this.#session
      .write(() => void this.#session.disk.files.set(path, file))
      .then(() => new SessionFile(this.#session, file))
  }

  sizeOf(path: string): Promise<number | undefined> {
    return this.#session.read(() => this.#session.disk.files.get(path)?.content.length)
  }

  readPart(path: string, part: { readonly position: number; readonly sizeBytes: number }): Promise<Uint8Array> {
    return this.#session.read(() => {
      const file = this.#session.disk.files.get(path)
      if (file === undefined) throw new Error(`${path} is missing`)
      return file.content.slice(part.position, part.position + part.sizeBytes)
    })
  }

  renameFile({ from, to }: { readonly from: string; readonly to: string }): Promise<void> {
    const { files } = this.#session.disk
    const file = files.get(from)
    if (file === undefined) return Promise.reject(new Error(`${from} is missing`))
    return this.#session.write(() => {
      files.delete(from)
      files.set(to, file)
    })
  }

  removeFile(path: string): Promise<void> {
    return this.#session.write(() => void this.#session.disk.files.delete(path))
  }

  exists(path: string): Promise<boolean> {
    const { files, directories } = this.#session.disk
    return this.#session.read(() => files.has(path) || directories.has(path))
  }

  makeDirectory(path: string): Promise<void> {
    return this.#session.write(() => {
      const names = path.split('/')
      for (let count = 1; count <= names.length; count++) {
        this.#session.disk.directories.add(names.slice(0, count).join('/'))
      }
    })
  }

  renameDirectory(names: { readonly from: string; readonly to: string }): Promise<void> {
    const { files, directories, databases } = this.#session.disk
    const rename = () => {
      moveUnder(files, names)
      moveUnder(databases, names)
      for (const directory of [...directories].filter((path) => isUnder(path, names.from))) {
        directories.delete(directory)
        directories.add(`${names.to}${directory.slice(names.from.length)}`)
      }
      this.#session.disk.onMoved(names.to)
    }
    if (directories.has(names.to)) return Promise.reject(new Error(`${names.to} is taken`))
    return this.#session.write(rename)
  }

  removeDirectory(path: string): Promise<void> {
    return this.#session.write(() => {
      const { files, directories, databases } = this.#session.disk
      for (const names of [files, directories, databases]) {
        for (const name of [...names.keys()].filter((candidate) => isUnder(candidate, path))) names.delete(name)
      }
    })
  }
}

class SessionFile implements OpenFile {
  readonly #session: DiskSession
  readonly #file: StoredFile

  constructor(session: DiskSession, file: StoredFile) {
    this.#session = session
    this.#file = file
  }

  write({ position, bytes }: { readonly position: number; readonly bytes: Uint8Array }): void {
    this.#session.writeNow(() => this.#file.write(position, bytes))
  }

  sync(): Promise<void> {
    return this.#session.write(() => this.#file.sync())
  }

  close(): Promise<void> {
    return this.#session.read(() => {})
  }
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
