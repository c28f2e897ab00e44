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

/** What is hashed, put together anew for each entry: made once, because making it would cost as much as the hash. */
let hashed = new Uint8Array(chainBytes)

/** The chain after an entry, whose header ends with the checksum of its payload. */
export function nextChain(previous: Chain, header: Uint8Array): Chain {
  if (hashed.length !== chainBytes + header.length) hashed = new Uint8Array(chainBytes + header.length)
  hashed.set(previous)
  hashed.set(header, chainBytes)
  const chain = Buffer.alloc(chainBytes)
  // Through a string, which the collector takes more lightly than the memory behind a buffer: a third of the time.
  chain.write(hash('sha256', hashed, 'binary'), 0, chainBytes, 'latin1')
  return chain
}

export function sameChain(one: Chain, other: Chain): boolean {
  return Buffer.compare(one, other) === 0
}

/** For texts that people read. */
export function chainText(chain: Chain): string {
  return Buffer.from(chain.buffer, chain.byteOffset, chain.byteLength).toString('hex').slice(0, 12)
}
