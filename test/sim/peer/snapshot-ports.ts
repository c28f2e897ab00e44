import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ArrivedFile } from '../../../src/peer/arrived-file.ts'
import { snapshotFileOf, type SnapshotFolder } from '../../../src/peer/snapshot-folder.ts'
import { arrivedSnapshotPath } from '../../../src/raft/store/disk.ts'
import type { Packing } from '../../../src/state/snapshot/packing.ts'
import type { DiskSession } from '../disk/disk-session.ts'

/** Packs in the turn in which it is asked: threads of a pool would end when the real machine likes. */
export const immediatePacking: Packing = {
  pack: async (unpacked) => zstdCompressSync(unpacked),
  unpack: async (packed, sizeBytesMax) => zstdDecompressSync(packed, { maxOutputLength: sizeBytesMax }),
}

/** The folder of a simulated peer for the snapshots that it makes. */
export function simSnapshotFolder({ files }: DiskSession): SnapshotFolder {
  return {
    create: async (id) => {
      await files.makeDirectory('snapshots')
      const file = await files.create(snapshotFileOf(id))
      let position = 0
      return {
        append: async (bytes) => {
          file.write({ position, bytes })
          position += bytes.length
        },
        sync: () => file.sync(),
        close: () => file.close(),
      }
    },
    remove: (id) => files.removeFile(snapshotFileOf(id)),
    clear: () => files.removeDirectory('snapshots'),
  }
}

/** The snapshot that a simulated peer was sent. */
export function simArrivedFile({ files }: DiskSession): ArrivedFile {
  return {
    name: arrivedSnapshotPath,
    open: async () => {
      if (!(await files.exists(arrivedSnapshotPath))) return undefined
      return {
        readAt: (position, sizeBytes) => files.readPart(arrivedSnapshotPath, { position, sizeBytes }),
        close: () => Promise.resolve(),
      }
    },
    remove: () => files.removeFile(arrivedSnapshotPath),
  }
}
