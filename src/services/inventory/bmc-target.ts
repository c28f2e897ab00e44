import { trivetError } from '../../lib/errors.ts'
import type { BmcTargetOf } from '../kernel/bmc-target.ts'
import type { Sealer } from '../kernel/seal.ts'
import { credentialFor } from './rules/credentials.ts'
import { passwordPlace } from './seal-password.ts'
import { bmcFacts, bmcs } from './tables.ts'

/** How to talk to the BMCs of the inventory, with the credentials that `sealer` opens. */
export function bmcTargets(sealer: Sealer): BmcTargetOf {
  return (read, bmcId) => {
    const bmc = read.get(bmcs, bmcId)
    if (bmc === undefined) throw trivetError('BMC_NOT_FOUND', { bmc: bmcId, suggestion: '' })
    const { xname, address } = bmc.value
    const credential = credentialFor(read, xname)
    const sealed = credential?.value.password
    if (credential === undefined || sealed === undefined) throw trivetError('CREDENTIAL_MISSING', { bmc: xname })
    const pin = read.get(bmcFacts, bmcId)?.value.tlsPin ?? ''
    return {
      address,
      tls: pin === '' ? 'first_use' : { pin },
      credential: { username: credential.value.username, password: sealer.open(passwordPlace(credential.key), sealed) },
    }
  }
}
