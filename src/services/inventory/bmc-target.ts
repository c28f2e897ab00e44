import { trivetError } from '../../lib/errors.ts'
import type { BmcTarget } from '../../redfish/port.ts'
import type { Reader } from '../../state/read.ts'
import type { Sealer } from '../kernel/seal.ts'
import { credentialFor } from './rules/credentials.ts'
import type { StoredBmc } from './rules/references.ts'
import { passwordPlace } from './seal-password.ts'
import { bmcFacts } from './tables.ts'

/**
 * How to talk to a BMC: its address, the public key that was pinned at the first discovery, and the credential of the
 * pattern that names it, opened here and kept nowhere. Errors: CREDENTIAL_MISSING, SEAL_BROKEN.
 */
export function bmcTarget(read: Reader, bmc: StoredBmc, sealer: Sealer): BmcTarget {
  const { xname, address } = bmc.value
  const credential = credentialFor(read, xname)
  const sealed = credential?.value.password
  if (credential === undefined || sealed === undefined) throw trivetError('CREDENTIAL_MISSING', { bmc: xname })
  const pin = read.get(bmcFacts, bmc.key)?.value.tlsPin ?? ''
  return {
    address,
    tls: pin === '' ? 'first_use' : { pin },
    credential: { username: credential.value.username, password: sealer.open(passwordPlace(credential.key), sealed) },
  }
}
