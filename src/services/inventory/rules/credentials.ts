import type { DeleteCredentialRequest, SetCredentialRequest } from '../../../gen/trivet/inventory/v1/inventory_pb.ts'
import { isTrivetError, trivetError } from '../../../lib/errors.ts'
import { expandNodeset } from '../../../lib/nodeset.ts'
import { requireXname } from '../../../lib/xname.ts'
import type { Evaluation, Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { put, remove } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { parseSealedText } from '../../kernel/sealed-text.ts'
import { credentials } from '../tables.ts'
import { credentialIdOf } from '../credential-id.ts'
import { credentialByReference, onlyTenant } from './references.ts'

/** The pattern of every BMC that no other pattern names. */
export const everyBmc = '*'

/** BMCs that one pattern may name. */
const patternNamesMax = 20_000

/**
 * Sets the credential of a pattern; its password arrives sealed for the row that it goes to.
 * Errors: CREDENTIAL_PATTERN_INVALID, also when another pattern names one of the BMCs.
 */
export function setCredential(read: Evaluation, request: SetCredentialRequest): readonly Write[] {
  const pattern = canonicalPattern(request.pattern)
  requireNoOverlap(read, pattern)
  const id = credentialIdOf(pattern)
  const password = parseSealedText(request.password)
  if (password === undefined) throw new Error('the password of a credential came to its rule unsealed')
  const present = read.get(credentials, id)
  return [
    put(credentials, {
      id,
      tenant: onlyTenant,
      createdMs: present?.value.createdMs ?? BigInt(read.timeMs),
      lastUpdatedMs: BigInt(read.timeMs),
      pattern,
      username: request.username,
      password,
    }),
  ]
}

/** Deletes a credential. Errors: CREDENTIAL_NOT_FOUND; ETAG_MISMATCH. */
export function deleteCredential(read: Evaluation, request: DeleteCredentialRequest): readonly Write[] {
  const stored = credentialByReference(read, request.credential)
  requireEtag(read, stored, { etag: request.etag, kind: 'credential', name: stored.value.pattern })
  return [remove(credentials, stored)]
}

/** The credential for a BMC: of the pattern that names it, else that of `*`; undefined if there is none. */
export function credentialFor(read: Reader, xname: string): Stored<RowOf<typeof credentials>> | undefined {
  let standard: Stored<RowOf<typeof credentials>> | undefined
  for (const stored of read.all(credentials)) {
    if (stored.value.pattern === everyBmc) standard = stored
    else if (namesOf(stored.value.pattern).has(xname)) return stored
  }
  return standard
}

/** The form in which a pattern is kept. Errors: CREDENTIAL_PATTERN_INVALID. */
export function canonicalPattern(text: string): string {
  const pattern = text.trim().toLowerCase()
  if (pattern === everyBmc) return pattern
  try {
    for (const name of expandNodeset(pattern, { namesMax: patternNamesMax })) requireXname(name, ['NodeBMC'])
    return pattern
  } catch (error) {
    if (!isTrivetError(error)) throw error
    throw trivetError('CREDENTIAL_PATTERN_INVALID', { pattern: text, reason: error.message }, { cause: error })
  }
}

function requireNoOverlap(read: Reader, pattern: string): void {
  if (pattern === everyBmc) return
  const names = namesOf(pattern)
  for (const { value } of read.all(credentials)) {
    if (value.pattern === everyBmc || value.pattern === pattern) continue
    const shared = [...namesOf(value.pattern)].find((name) => names.has(name))
    if (shared === undefined) continue
    const reason = `${shared} is named by the pattern ${value.pattern} already`
    throw trivetError('CREDENTIAL_PATTERN_INVALID', { pattern, reason })
  }
}

function namesOf(pattern: string): ReadonlySet<string> {
  return new Set(expandNodeset(pattern, { namesMax: patternNamesMax }))
}
