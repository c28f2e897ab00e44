import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { libuvPool } from '../../lib/semaphore.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** How the records of a snapshot are packed and unpacked, with zstd: a port, because the pool of threads keeps no virtual time. */
export interface Packing {
  pack(unpacked: Uint8Array): Promise<Uint8Array>
  /** Rejects if it is not what `pack` gave, or larger than this. */
  unpack(packed: Uint8Array, sizeBytesMax: number): Promise<Uint8Array>
}

/** In the pool of threads: the loop goes on meanwhile. */
export const poolPacking: Packing = {
  pack: (unpacked) => libuvPool.run(() => compress(unpacked)),
  unpack: (packed, sizeBytesMax) => libuvPool.run(() => decompress(packed, { maxOutputLength: sizeBytesMax })),
}
