import type { PeerId } from '../core/types.ts'
import { decodePeerId } from './records.ts'
import { seal, unseal } from './sealed-record.ts'

/** Size of a vote file; written whole, in place. */
export const voteSlotBytes = 1 + 8 + 8 + 16 + 8 + 4

/**
 * Names of the two files, which are written in turn, so that a torn write leaves the vote before it. With the hard state
 * of the log a vote stands in three places in the end, of which any one may be lost.
 */
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

/** `nonce` is that of the data directory (`Identity`): the votes of another one are none of ours. */
export function encodeVote(vote: Vote, nonce: string): Uint8Array {
  const content = Buffer.alloc(voteSlotBytes - 4)
  content[0] = version
  content.writeBigUInt64BE(BigInt(vote.sequence), 1)
  content.writeBigUInt64BE(BigInt(vote.term), 9)
  content.write(vote.vote, 17, 'latin1')
  content.writeBigUInt64BE(BigInt(vote.mutedTerm), 33)
  return seal(content, nonce)
}

/** What the two vote files say together. */
export type VoteReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string }
  /**
   * `older` is undefined, and `reason` says why, if the other file cannot be believed: a crash may have torn it, or it is
   * lost. Then only a log that is whole can tell whether `newest` is the newest: see `findingsOf`.
   */
  | { readonly kind: 'read'; readonly newest: Vote; readonly older: Vote | undefined; readonly reason?: string }

/** Reads both files. */
export function readVotes(
  files: readonly [Uint8Array | undefined, Uint8Array | undefined],
  nonce: string,
): VoteReading {
  if (files[0] === undefined && files[1] === undefined) return { kind: 'absent' }
  const votes = files
    .map((file, slot) => (file === undefined ? undefined : decodeVote(file, slot, nonce)))
    .filter((vote) => vote !== undefined)
    .sort((one, other) => other.sequence - one.sequence)
  const [newest, older] = votes
  if (newest === undefined) return { kind: 'broken', reason: 'neither vote file passes its checksum' }
  const other = voteFiles[newest.sequence % 2 === 0 ? 1 : 0]
  if (older === undefined) return { kind: 'read', newest, older, reason: `${other} is missing or not what was written` }
  if (newest.sequence !== older.sequence + 1) {
    return { kind: 'read', newest, older: undefined, reason: `${other} is of an earlier day` }
  }
  if (newest.term < older.term) return { kind: 'broken', reason: 'the newer vote file holds the older term' }
  if (newest.term === older.term && older.vote !== '' && newest.vote !== older.vote) {
    return { kind: 'broken', reason: `the vote files name ${older.vote} and ${newest.vote} in term ${newest.term}` }
  }
  return { kind: 'read', newest, older }
}

function decodeVote(bytes: Uint8Array, slot: number, nonce: string): Vote | undefined {
  const unsealed = unseal(bytes, nonce)
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
