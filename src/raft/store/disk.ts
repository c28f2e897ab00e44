import { join } from 'node:path'
import type { Files } from './files.ts'
import type { KeyValue } from './key-value.ts'
import { openLevel } from './level-key-value.ts'
import { nodeFiles } from './node-files.ts'

/** What a peer's part of the consensus keeps, within its data directory. */
export const layout = {
  directory: 'raft',
  /** A first start works here, and gives it the final name when everything is in it. */
  unfinished: 'raft.new',
  log: 'log',
  /** A damaged log is rebuilt here. */
  rebuiltLog: 'log.new',
  /** The damaged log that was rebuilt last, for whoever wants to know what happened to it. */
  damagedLog: 'log.damaged',
  /** A snapshot that is being received, and which one it is. */
  snapshotPart: 'snapshot.part',
  snapshotOffer: 'snapshot.offer',
  /** A snapshot that is all there: the next start installs it, and takes it away when log and state are those of it. */
  snapshotArrived: 'snapshot.arrived',
} as const

/** Where a snapshot that has arrived lies within a data directory. */
export const arrivedSnapshotPath = `${layout.directory}/${layout.snapshotArrived}`

/** A data directory: its files and the database of the log. */
export interface Disk {
  /** For texts that people read. */
  readonly directory: string
  readonly files: Files
  /** Opens the database at a path; `create` fails if there is one. Throws `KeyValueError`. */
  openKeyValue(path: string, options: { readonly create: boolean }): Promise<KeyValue>
}

/** The data directory at a path of the file system. */
export function nodeDisk(directory: string): Disk {
  return {
    directory,
    files: nodeFiles(directory),
    openKeyValue: async (path, options) => openLevel(join(directory, path), options),
  }
}
