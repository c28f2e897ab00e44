import { crc32 } from 'node:zlib'
import type { PeerId } from '../core/types.ts'
import type { Introduction } from './acquaintance.ts'

/** Name of the file. It is written last when a data directory is made. */
export const identityFile = 'identity.json'

/** The same again, for the day on which the first one is lost. */
export const identityCopyFile = 'identity.copy.json'

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
  /** See `Introduction`. */
  readonly nonce: string
  /** How often it has been opened. */
  readonly starts: number
  /** What the peers that this one has spoken with said last, by id. */
  readonly met: Readonly<Record<PeerId, Introduction>>
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

function readIdentityFile(file: Uint8Array | undefined): IdentityReading {
  if (file === undefined) return { kind: 'absent' }
  const identity = parse(Buffer.from(file).toString('utf8'))
  if (identity === undefined) return { kind: 'broken', reason: `${identityFile} and its copy are not what was written` }
  return { kind: 'read', identity }
}

/** Takes the copy where the first one cannot be read, or is the older one: the first one is written first. */
export function readIdentityFiles(first: Uint8Array | undefined, copy: Uint8Array | undefined): IdentityReading {
  const [one, other] = [readIdentityFile(first), readIdentityFile(copy)]
  if (one.kind === 'read' && other.kind === 'read') return isOlder(one.identity, other.identity) ? other : one
  if (one.kind === 'read' || other.kind === 'read') return one.kind === 'read' ? one : other
  return one.kind === 'broken' ? one : other
}

/** Only of the same data directory: one of another peer is to be told. */
function isOlder(one: Identity, other: Identity): boolean {
  const isSame = one.nonce === other.nonce && one.peerId === other.peerId
  return isSame && (one.starts < other.starts || one.mustHaveIndex < other.mustHaveIndex)
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
  const whole =
    fields['formatEpoch'] === formatEpoch ? fields : { nonce: '', starts: 0, met: {}, incarnation: '', ...fields }
  return isIdentity(whole) ? fieldsOf(whole) : undefined
}

function isIdentity(fields: Record<string, unknown>): fields is Record<string, unknown> & Identity {
  const { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, starts, met, incarnation } = fields
  return (
    [clusterId, peerId, peerName, nonce, incarnation].every((field) => typeof field === 'string') &&
    [epoch, mustHaveIndex, starts].every((field) => Number.isSafeInteger(field)) &&
    typeof met === 'object' &&
    met !== null
  )
}

/** In the one order in which they are written and summed. */
function fieldsOf(identity: Identity): Identity {
  const { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, starts, met, incarnation } = identity
  return { clusterId, peerId, peerName, formatEpoch: epoch, mustHaveIndex, nonce, starts, met, incarnation }
}
