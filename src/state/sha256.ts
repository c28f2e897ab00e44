import { hash } from 'node:crypto'

/** sha256 of some bytes, synchronously. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
