import { crc32 } from 'node:zlib'
import type { PeerId } from '../core/types.ts'

/** Name of the file. It is written last when a data directory is made. */
export const identityFile = 'identity.json'

/** The form of the data directory that this program reads and writes. */
export const formatEpoch = 2

/** Whose data directory this is, how far its log must reach at least, and whom it has met. */
export interface Identity {
  readonly clusterId: string
  readonly peerId: PeerId
  readonly peerName: string
  /** The form of the data directory; a newer one is not opened. */
  readonly formatEpoch: number
  /** The log holds this index, or it has lost entries. Raised every `watermarkEntries` entries. */
  readonly mustHaveIndex: number
  /**
   * Drawn when the data directory was made. A peer whose directory was lost would otherwise come back under its old id
   * as if it had promised nothing; the others remember this, and refuse another one.
   */
  readonly nonce: string
  /** The nonces of the peers that this one has spoken with, by id. */
  readonly nonces: Readonly<Record<PeerId, string>>
  /** Incarnation of the state since a recovery dropped revisions; '' for the first one, which follows from the cluster. */
  readonly incarnation: string
}

/** What the file says. */
export type IdentityReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'read'; readonly identity: Identity }

export function encodeIdentity(identity: Identity): Uint8Array {
  const fields = fieldsOf(identity)
  return Buffer.from(`${JSON.stringify({ ...fields, crc: crc32(JSON.stringify(fields)) }, undefined, 2)}\n`)
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
  const { crc, ...fields } = value as Record<string, unknown>
  if (crc !== crc32(JSON.stringify(fields))) return undefined
  // Another release may keep other fields; that it is another one is what has to be said.
  const whole = fields['formatEpoch'] === formatEpoch ? fields : { nonce: '', nonces: {}, incarnation: '', ...fields }
  return isIdentity(whole) ? fieldsOf(whole) : undefined
}

function isIdentity(fields: Record<string, unknown>): fields is Record<string, unknown> & Identity {
  const { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, nonces, incarnation } = fields
  return (
    [clusterId, peerId, peerName, nonce, incarnation].every((field) => typeof field === 'string') &&
    [epoch, mustHaveIndex].every((field) => Number.isSafeInteger(field)) &&
    typeof nonces === 'object' &&
    nonces !== null &&
    Object.values(nonces).every((other) => typeof other === 'string')
  )
}

/** In the one order in which they are written and summed. */
function fieldsOf(identity: Identity): Identity {
  const { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, nonces, incarnation } = identity
  return { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, nonces, incarnation }
}
