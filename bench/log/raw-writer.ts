import { closeSync, fdatasync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Writer } from './writer.ts'

const fdatasyncInPool = promisify(fdatasync)

/** Length of the file that is overwritten from its beginning again when its end is reached. */
const preallocatedBytes = 64 * 1024 * 1024

/**
 * A plain file to which the payloads are appended, without anything around them, and `fdatasync` in the thread pool: as
 * little as a program can do whose event loop has to go on meanwhile. LevelDB appends to its log in the same way.
 */
export function openAppended(path: string): Writer {
  const file = openSync(path, 'ax')
  return {
    name: 'appended file, fdatasync in the pool',
    append: async (payloads) => {
      writeSync(file, Buffer.concat(payloads))
      await fdatasyncInPool(file)
    },
    close: async () => closeSync(file),
  }
}

/** The same, but the loop stands still until the disk has answered: no heartbeat could leave meanwhile. */
export function openAppendedBlocking(path: string): Writer {
  const file = openSync(path, 'ax')
  return {
    name: 'appended file, fdatasync that blocks the loop',
    append: async (payloads) => {
      writeSync(file, Buffer.concat(payloads))
      fdatasyncSync(file)
    },
    close: async () => closeSync(file),
  }
}

/** A file whose blocks are there already, so that the file system has nothing to note down at a sync. */
export function openPreallocated(path: string): Writer {
  const file = openSync(path, 'wx')
  const zeros = Buffer.alloc(1024 * 1024)
  for (let bytes = 0; bytes < preallocatedBytes; bytes += zeros.length) writeSync(file, zeros)
  fdatasyncSync(file)
  let position = 0
  return {
    name: 'preallocated file, fdatasync in the pool',
    append: async (payloads) => {
      const bytes = Buffer.concat(payloads)
      if (position + bytes.length > preallocatedBytes) position = 0
      writeSync(file, bytes, 0, bytes.length, position)
      position += bytes.length
      await fdatasyncInPool(file)
    },
    close: async () => closeSync(file),
  }
}
