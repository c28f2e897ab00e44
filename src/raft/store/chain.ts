import { hash } from 'node:crypto'

/**
 * What stands for the whole log up to an entry: a hash over the entry and the chain before it. Two logs with the same
 * chain at the same index are the same up to there. 16 bytes.
 */
export type Chain = Uint8Array

/** Size of a chain: half a SHA-256, which still leaves accidents at 2^-64. */
export const chainBytes = 16

/** The chain before entry 1. */
export const chainStart: Chain = new Uint8Array(chainBytes)

/** The chain after an entry, whose header ends with the checksum of its payload. */
export function nextChain(previous: Chain, header: Uint8Array): Chain {
  return hash('sha256', Buffer.concat([previous, header]), 'buffer').subarray(0, chainBytes)
}

export function sameChain(one: Chain, other: Chain): boolean {
  return Buffer.compare(one, other) === 0
}

/** For texts that people read. */
export function chainText(chain: Chain): string {
  return Buffer.from(chain.buffer, chain.byteOffset, chain.byteLength).toString('hex').slice(0, 12)
}
