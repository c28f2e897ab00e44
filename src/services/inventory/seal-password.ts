import type { SetCredentialRequest } from '../../gen/trivet/inventory/v1/credentials_pb.ts'
import type { Sealer } from '../kernel/seal.ts'
import { sealedText } from '../kernel/sealed-text.ts'
import { credentialIdOf } from './credential-id.ts'
import { canonicalPattern } from './rules/credentials.ts'
import { credentials } from './tables.ts'

/** Where the password of a credential is sealed for. */
export function passwordPlace(credentialId: string) {
  return { table: credentials.name, key: credentialId, field: 'password' }
}

/** Seals the password of a request for the row that it will stand in. Errors: CREDENTIAL_PATTERN_INVALID. */
export function sealPassword(sealer: Sealer, request: SetCredentialRequest): SetCredentialRequest {
  const place = passwordPlace(credentialIdOf(canonicalPattern(request.pattern)))
  return { ...request, password: sealedText(sealer.seal(place, request.password)) }
}
