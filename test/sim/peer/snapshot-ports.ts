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
export function simSnapshotFolder({ files, disk }: DiskSession): SnapshotFolder {
  return {
    create: async (id) => {
      await files.makeDirectory('snapshots')
      if (disk.files.has(snapshotFileOf(id))) throw new Error(`there is a snapshot ${id} already`)
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
export function simArrivedFile(session: DiskSession): ArrivedFile {
  const { files, disk } = session
  return {
    name: arrivedSnapshotPath,
    open: async () => {
      const file = await session.read(() => disk.files.get(arrivedSnapshotPath))
      if (file === undefined) return undefined
      // Whoever has it open reads it to its end, though it may be removed meanwhile.
      return {
        readAt: (position, sizeBytes) => session.read(() => file.content.slice(position, position + sizeBytes)),
        close: () => Promise.resolve(),
      }
    },
    remove: () => files.removeFile(arrivedSnapshotPath),
  }
}
