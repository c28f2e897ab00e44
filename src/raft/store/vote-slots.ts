import type { PeerId } from '../core/types.ts'
import { decodePeerId } from './records.ts'
import { seal, unseal } from './sealed-record.ts'

/** Size of a vote file; written whole, in place. */
export const voteSlotBytes = 1 + 8 + 8 + 16 + 8 + 4

/** Names of the two files, which are written in turn, so that a torn write leaves the vote before it. */
export const voteFiles = ['vote.0', 'vote.1'] as const

const version = 1

/** A term and the vote given in it, outside LevelDB: a lost vote may be given twice (thesis §3.8, hashicorp/raft#661). */
export interface Vote {
  /** Counts the writes; the file is `vote.{sequence mod 2}`. */
  readonly sequence: number
  readonly term: number
  readonly vote: PeerId
  /**
   * 0, or the term in which this peer lost entries that it may have acknowledged: it neither votes nor campaigns until
   * an entry of a later term is committed in its log again. It stands here, because it is about votes, and because
   * these files are what says whether they are there in full.
   */
  readonly mutedTerm: number
}

export function encodeVote(vote: Vote): Uint8Array {
  const content = Buffer.alloc(voteSlotBytes - 4)
  content[0] = version
  content.writeBigUInt64BE(BigInt(vote.sequence), 1)
  content.writeBigUInt64BE(BigInt(vote.term), 9)
  content.write(vote.vote, 17, 'latin1')
  content.writeBigUInt64BE(BigInt(vote.mutedTerm), 33)
  return seal(content)
}

/** What the two vote files say together. */
export type VoteReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }
  /** `older` is undefined if the other file was torn by the write that never ended. */
  | { readonly kind: 'read'; readonly newest: Vote; readonly older: Vote | undefined }

/**
 * Reads both files. One that is torn is what a crash leaves, and its vote was promised to nobody; one that is missing
 * is not, for both are made with the data directory.
 */
export function readVotes(files: readonly [Uint8Array | undefined, Uint8Array | undefined]): VoteReading {
  if (files[0] === undefined && files[1] === undefined) return { kind: 'absent' }
  const missing = files.indexOf(undefined)
  if (missing !== -1) return { kind: 'broken', reason: `${voteFiles[missing as 0 | 1]} is missing` }
  const votes = files
    .map((file, slot) => decodeVote(file!, slot))
    .filter((vote) => vote !== undefined)
    .sort((one, other) => other.sequence - one.sequence)
  const [newest, older] = votes
  if (newest === undefined) return { kind: 'broken', reason: 'neither vote file passes its checksum' }
  if (older === undefined) return { kind: 'read', newest, older }
  if (newest.sequence !== older.sequence + 1)
    return { kind: 'broken', reason: 'the vote files do not follow each other' }
  if (newest.term < older.term) return { kind: 'broken', reason: 'the newer vote file holds the older term' }
  if (newest.term === older.term && older.vote !== '' && newest.vote !== older.vote) {
    return { kind: 'broken', reason: `the vote files name ${older.vote} and ${newest.vote} in term ${newest.term}` }
  }
  return { kind: 'read', newest, older }
}

function decodeVote(bytes: Uint8Array, slot: number): Vote | undefined {
  const unsealed = unseal(bytes)
  if (unsealed === undefined || unsealed.length !== voteSlotBytes - 4 || unsealed[0] !== version) return undefined
  const content = Buffer.from(unsealed.buffer, unsealed.byteOffset, unsealed.byteLength)
  const vote = {
    sequence: Number(content.readBigUInt64BE(1)),
    term: Number(content.readBigUInt64BE(9)),
    vote: decodePeerId(content.subarray(17, 33)),
    mutedTerm: Number(content.readBigUInt64BE(33)),
  }
  return vote.sequence % 2 === slot ? vote : undefined
}
