import { createHash } from 'node:crypto'
import { idRandomSizeBytes, makeId } from '../../lib/id.ts'

/**
 * The id of the credential of a pattern. It follows from the pattern, so that the password can be sealed for its row
 * before anybody evaluates the request.
 */
export function credentialIdOf(pattern: string): string {
  const hash = createHash('sha256').update('trivet credential').update('\0').update(pattern).digest()
  return makeId({ prefix: 'cred', random: hash.subarray(0, idRandomSizeBytes) })
}
