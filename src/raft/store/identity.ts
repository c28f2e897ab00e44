import { crc32 } from 'node:zlib'
import type { PeerId } from '../core/types.ts'

/** Name of the file. It is written last when a data directory is made. */
export const identityFile = 'identity.json'

/** The form of the data directory that this program reads and writes. */
export const formatEpoch = 1

/** Whose data directory this is, and how far its log must reach at least. */
export interface Identity {
  readonly clusterId: string
  readonly peerId: PeerId
  readonly peerName: string
  /** The form of the data directory; a newer one is not opened. */
  readonly formatEpoch: number
  /** The log holds this index, or it has lost entries. Raised every `watermarkEntries` entries. */
  readonly mustHaveIndex: number
}

/** What the file says. */
export type IdentityReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'read'; readonly identity: Identity }

export function encodeIdentity(identity: Identity): Uint8Array {
  const { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex } = identity
  const fields = { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex }
  return Buffer.from(`${JSON.stringify({ ...fields, crc: checksum(fields) }, undefined, 2)}\n`)
}

export function readIdentityFile(file: Uint8Array | undefined): IdentityReading {
  if (file === undefined) return { kind: 'absent' }
  const identity = parse(Buffer.from(file).toString('utf8'))
  if (identity === undefined) return { kind: 'broken', reason: `${identityFile} is not what was written` }
  return { kind: 'read', identity }
}

function parse(text: string): Identity | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not JSON is one of the ways of not being what was written.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { crc, clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex } = value as Record<string, unknown>
  if (typeof clusterId !== 'string' || typeof peerId !== 'string' || typeof peerName !== 'string') return undefined
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(mustHaveIndex)) return undefined
  const identity = {
    clusterId,
    peerId,
    peerName,
    formatEpoch: epoch as number,
    mustHaveIndex: mustHaveIndex as number,
  }
  return crc === checksum(identity) ? identity : undefined
}

function checksum(fields: Identity): number {
  return crc32(JSON.stringify(fields))
}
