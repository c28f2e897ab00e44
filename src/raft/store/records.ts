import type { HardState, PeerId } from '../core/types.ts'
import { chainBytes, type Chain } from './chain.ts'
import { seal, unseal } from './sealed-record.ts'
import { writeUint64 } from './uint64.ts'

const version = 1
const peerIdBytes = 16

/** The entry before the first one that is kept: index 0, term 0 and the start of the chain for a log never cut. */
export interface TruncationPoint {
  readonly index: number
  readonly term: number
  readonly chain: Chain
}

/** Term, vote and commit as one record: two writes could be torn apart (hashicorp/raft#661: a double vote). */
export function encodeHardState(hardState: HardState): Uint8Array {
  const content = Buffer.alloc(1 + 8 + 8 + peerIdBytes)
  content[0] = version
  writeUint64(content, hardState.term, 1)
  writeUint64(content, hardState.commit, 9)
  content.write(hardState.vote, 17, 'latin1')
  return seal(content)
}

/** Undefined if the bytes are not what `encodeHardState` wrote. */
export function decodeHardState(bytes: Uint8Array): HardState | undefined {
  const content = unsealVersioned(bytes, 1 + 8 + 8 + peerIdBytes)
  if (content === undefined) return undefined
  return {
    term: Number(content.readBigUInt64BE(1)),
    vote: decodePeerId(content.subarray(17)),
    commit: Number(content.readBigUInt64BE(9)),
  }
}

export function encodeTruncation(point: TruncationPoint): Uint8Array {
  const content = Buffer.alloc(1 + 8 + 8 + chainBytes)
  content[0] = version
  writeUint64(content, point.index, 1)
  writeUint64(content, point.term, 9)
  content.set(point.chain, 17)
  return seal(content)
}

/** Undefined if the bytes are not what `encodeTruncation` wrote. */
export function decodeTruncation(bytes: Uint8Array): TruncationPoint | undefined {
  const content = unsealVersioned(bytes, 1 + 8 + 8 + chainBytes)
  if (content === undefined) return undefined
  return {
    index: Number(content.readBigUInt64BE(1)),
    term: Number(content.readBigUInt64BE(9)),
    chain: Uint8Array.from(content.subarray(17)),
  }
}

/** A peer id in 16 bytes; no peer is zeros. */
export function decodePeerId(bytes: Buffer): PeerId {
  return bytes.toString('latin1').replaceAll('\0', '')
}

function unsealVersioned(bytes: Uint8Array, sizeBytes: number): Buffer | undefined {
  const content = unseal(bytes)
  if (content === undefined || content.length !== sizeBytes || content[0] !== version) return undefined
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}
