import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { arrivedSnapshotPath } from '../raft/index.ts'
import type { ReadAt } from '../state/snapshot/read-snapshot.ts'

/** The snapshot that another peer has sent: a port of `installArrived`. */
export interface ArrivedFile {
  /** Its name in errors. */
  readonly name: string
  /** Undefined if none has arrived. */
  open(): Promise<{ readonly readAt: ReadAt; close(): Promise<void> } | undefined>
  /** No error if it is not there. */
  remove(): Promise<void>
}

/** The one in the data directory at a path of the file system. */
export function nodeArrivedFile(root: string): ArrivedFile {
  const name = join(root, arrivedSnapshotPath)
  return {
    name,
    open: async () => {
      const handle = await open(name, 'r').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      })
      return (
        handle && {
          readAt: async (position, sizeBytes) => {
            const { buffer, bytesRead } = await handle.read(new Uint8Array(sizeBytes), 0, sizeBytes, position)
            return buffer.subarray(0, bytesRead)
          },
          close: () => handle.close(),
        }
      )
    },
    remove: () => rm(name, { force: true }),
  }
}
