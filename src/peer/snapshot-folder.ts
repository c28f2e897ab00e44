import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { libuvPool } from '../lib/semaphore.ts'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import type { StateDirectories } from '../state/storage/state-directories.ts'

/** A snapshot that is being written. */
export interface SnapshotFile {
  append(bytes: Uint8Array): Promise<void>
  /** All of it survives the loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Where a peer keeps the snapshots that it makes for others: a port of `PeerSnapshots`. */
export interface SnapshotFolder {
  /** Makes the file of a snapshot; there is none of this id. */
  create(id: string): Promise<SnapshotFile>
  /** No error if there is none. */
  remove(id: string): Promise<void>
  clear(): Promise<void>
}

/** Where a peer keeps snapshots and the states that are made of them. */
export interface SnapshotPlaces {
  readonly folder: SnapshotFolder
  readonly states: StateDirectories
}

const directoryName = 'snapshots'

/** Where the file of a snapshot lies within the data directory, whoever reads it. */
export function snapshotFileOf(id: string): string {
  return `${directoryName}/${id}.snapshot`
}

/** Those in the data directory at a path of the file system. */
export function nodeSnapshotPlaces(root: string): SnapshotPlaces {
  return { folder: nodeSnapshotFolder(root), states: nodeStateDirectories(root) }
}

function nodeSnapshotFolder(root: string): SnapshotFolder {
  const directory = join(root, directoryName)
  return {
    create: async (id) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      return snapshotFile(await open(join(root, snapshotFileOf(id)), 'wx', 0o600))
    },
    remove: (id) => rm(join(root, snapshotFileOf(id)), { force: true }),
    clear: () => rm(directory, { recursive: true, force: true }),
  }
}

function snapshotFile(handle: FileHandle): SnapshotFile {
  return {
    append: (bytes) => libuvPool.run(() => handle.writeFile(bytes)),
    sync: () => libuvPool.run(() => handle.sync()),
    close: () => handle.close(),
  }
}
