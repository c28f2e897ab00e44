import type { Reader } from '../../../state/read.ts'
import { peers } from '../../operator/tables.ts'

/**
 * Base URLs of the peers that said where nodes reach them, in the order of their ids: the same on every peer that has
 * applied the same rows, alive or not. A dead peer costs a node one refused connection.
 */
export function peerUrls(read: Reader): readonly string[] {
  return [...read.all(peers)].map(({ value }) => value.nodeUrl).filter((url) => url !== '')
}
