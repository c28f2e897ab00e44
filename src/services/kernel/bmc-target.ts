import type { BmcTarget } from '../../redfish/port.ts'
import type { Reader } from '../../state/read.ts'

/**
 * How to talk to a BMC, given by its id: address, pinned public key, and the credential of the pattern that names it,
 * opened for this call and kept nowhere. Errors: BMC_NOT_FOUND, CREDENTIAL_MISSING, SEAL_BROKEN.
 */
export type BmcTargetOf = (read: Reader, bmcId: string) => BmcTarget
