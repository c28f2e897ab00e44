import { trivetError } from '../../lib/errors.ts'
import type { Reader, Stored } from '../../state/read.ts'

/**
 * Refuses a write that was made from an older version of the row. An empty etag agrees with everything.
 * `kind` and `name` say in the error which resource it is about.
 */
export function requireEtag(
  read: Reader,
  stored: Stored<unknown>,
  given: { readonly etag: string; readonly kind: string; readonly name: string },
): void {
  const present = read.etag(stored)
  if (given.etag === '' || given.etag === present) return
  throw trivetError('ETAG_MISMATCH', { kind: given.kind, name: given.name, given: given.etag, present })
}
