import type { DeleteCredentialRequest, SetCredentialRequest } from '../../../gen/trivet/inventory/v1/credentials_pb.ts'
import { isTrivetError, trivetError } from '../../../lib/errors.ts'
import { isId } from '../../../lib/id.ts'
import { expandNodeset } from '../../../lib/nodeset.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import { requireXname } from '../../../lib/xname.ts'
import type { Evaluation, Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { put, remove } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { parseSealedText } from '../../kernel/sealed-text.ts'
import { credentials } from '../tables.ts'
import { credentialIdOf } from '../credential-id.ts'
import { onlyTenant } from './references.ts'

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

/** The credential that a reference, id or pattern, means. Errors: CREDENTIAL_NOT_FOUND; CREDENTIAL_PATTERN_INVALID. */
export function credentialByReference(read: Reader, reference: string): Stored<RowOf<typeof credentials>> {
  const text = reference.trim()
  const found = read.get(credentials, isId(text, 'cred') ? text : credentialIdOf(canonicalPattern(text)))
  if (found !== undefined) return found
  throw trivetError('CREDENTIAL_NOT_FOUND', { credential: reference })
}

/** The credential for a BMC: of the pattern that names it, else that of `*`; undefined if there is none. */
export function credentialFor(read: Reader, xname: string): Stored<RowOf<typeof credentials>> | undefined {
  let standard: Stored<RowOf<typeof credentials>> | undefined
  for (const stored of read.all(credentials)) {
    if (stored.value.pattern === everyBmc) standard = stored
    else if (bmcsNamedBy(stored).has(xname)) return stored
  }
  return standard
}

/**
 * The form in which a pattern is kept: two patterns that name the same BMCs are one.
 * Errors: CREDENTIAL_PATTERN_INVALID.
 */
export function canonicalPattern(text: string): string {
  const pattern = text.trim()
  if (pattern === everyBmc) return pattern
  try {
    const xnames = expandNodeset(pattern, { namesMax: patternNamesMax }).map(
      (name) => requireXname(name, ['NodeBMC']).text,
    )
    if (xnames.length > 0) return foldNodeset(xnames)
  } catch (error) {
    if (!isTrivetError(error)) throw error
    throw trivetError('CREDENTIAL_PATTERN_INVALID', { pattern: text, reason: error.message }, { cause: error })
  }
  throw trivetError('CREDENTIAL_PATTERN_INVALID', { pattern: text, reason: 'it names no BMC at all' })
}

function requireNoOverlap(read: Reader, pattern: string): void {
  if (pattern === everyBmc) return
  const names = expandNodeset(pattern, { namesMax: patternNamesMax })
  for (const stored of read.all(credentials)) {
    if (stored.value.pattern === everyBmc || stored.value.pattern === pattern) continue
    const named = bmcsNamedBy(stored)
    const shared = names.find((name) => named.has(name))
    if (shared === undefined) continue
    const reason = `${shared} is named by the pattern ${stored.value.pattern} already`
    throw trivetError('CREDENTIAL_PATTERN_INVALID', { pattern, reason })
  }
}

/** Patterns are expanded once a row: a BMC is looked up before every contact to it. */
const expanded = new WeakMap<object, ReadonlySet<string>>()

function bmcsNamedBy({ value }: Stored<RowOf<typeof credentials>>): ReadonlySet<string> {
  const known = expanded.get(value)
  if (known !== undefined) return known
  const names = new Set(expandNodeset(value.pattern, { namesMax: patternNamesMax }))
  expanded.set(value, names)
  return names
}
