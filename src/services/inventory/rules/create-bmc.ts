import type { CreateBmcRequest } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import { parseBmcAddress } from '../../../redfish/bmc-address.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { bmcs } from '../tables.ts'
import { freeBmcXname } from './attributes.ts'
import { onlyTenant } from './references.ts'

/**
 * Adds a BMC. Nothing connects to it before a discovery.
 * Errors: XNAME_INVALID, XNAME_WRONG_TYPE, XNAME_IN_USE, BMC_ADDRESS_INVALID, BMC_ADDRESS_IN_USE.
 */
export function createBmc(read: Evaluation, request: CreateBmcRequest): readonly Write[] {
  return [
    newBmc(read, {
      xname: freeBmcXname(read, request.xname),
      address: freeBmcAddress(read, request.address),
      description: request.description,
    }),
  ]
}

/** The row of a new BMC. */
export function newBmc(
  read: Evaluation,
  bmc: { readonly xname: string; readonly address: string; readonly description: string },
): Write {
  return put(bmcs, {
    ...bmc,
    id: read.newId('bmc'),
    tenant: onlyTenant,
    createdMs: BigInt(read.timeMs),
    lastUpdatedMs: BigInt(read.timeMs),
  })
}

/** An address in canonical form that no other BMC has. Errors: BMC_ADDRESS_INVALID, BMC_ADDRESS_IN_USE. */
export function freeBmcAddress(read: Evaluation, text: string, own = ''): string {
  const address = parseBmcAddress(text).text
  const holder = read.unique(bmcs, 'address', [onlyTenant, address])
  if (holder === undefined || holder.key === own) return address
  throw trivetError('BMC_ADDRESS_IN_USE', { address, holder: holder.value.xname, revision: holder.revision })
}
