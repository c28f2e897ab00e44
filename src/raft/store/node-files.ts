import { writeSync } from 'node:fs'
import { access, mkdir, open, readFile, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Files, OpenFile } from './files.ts'

/** The files under a directory of the file system. */
export function nodeFiles(root: string): Files {
  return new NodeFiles(root)
}

class NodeFiles implements Files {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(path))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async replace(path: string, content: Uint8Array): Promise<void> {
    const target = this.#path(path)
    const temporary = `${target}.new`
    await using file = await open(temporary, 'w')
    await file.writeFile(content)
    await file.sync()
    await rename(temporary, target)
    await syncDirectory(dirname(target))
  }

  async open(path: string): Promise<OpenFile> {
    return new NodeOpenFile(await open(this.#path(path), 'r+'))
  }

  async create(path: string): Promise<OpenFile> {
    return new NodeOpenFile(await open(this.#path(path), 'w+', 0o600))
  }

  async sizeOf(path: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(path))).size
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async readPart(path: string, part: { readonly position: number; readonly sizeBytes: number }): Promise<Uint8Array> {
    await using file = await open(this.#path(path), 'r')
    const { buffer, bytesRead } = await file.read(new Uint8Array(part.sizeBytes), 0, part.sizeBytes, part.position)
    return buffer.subarray(0, bytesRead)
  }

  async renameFile(names: { readonly from: string; readonly to: string }): Promise<void> {
    await rename(this.#path(names.from), this.#path(names.to))
    await syncDirectory(dirname(this.#path(names.to)))
  }

  async removeFile(path: string): Promise<void> {
    try {
      await unlink(this.#path(path))
    } catch (error) {
      if (isMissing(error)) return
      throw error
    }
    await syncDirectory(dirname(this.#path(path)))
  }

  async exists(path: string): Promise<boolean> {
    try {
      await access(this.#path(path))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await mkdir(this.#path(path), { recursive: true })
  }

  async renameDirectory(names: { readonly from: string; readonly to: string }): Promise<void> {
    await syncDirectory(this.#path(names.from))
    await rename(this.#path(names.from), this.#path(names.to))
    await syncDirectory(dirname(this.#path(names.to)))
  }

  async removeDirectory(path: string): Promise<void> {
    await rm(this.#path(path), { recursive: true, force: true })
  }

  #path(path: string): string {
    return join(this.#root, path)
  }
}

class NodeOpenFile implements OpenFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  write(part: { readonly position: number; readonly bytes: Uint8Array }): void {
    const written = writeSync(this.#handle.fd, part.bytes, 0, part.bytes.length, part.position)
    if (written !== part.bytes.length) throw new Error(`wrote ${written} of ${part.bytes.length} bytes`)
  }

  async sync(): Promise<void> {
    await this.#handle.sync()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** A name in a directory is durable only once the directory itself is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
