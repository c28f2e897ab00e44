import type { UpdateBmcRequest } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { UpdateBmcRequestSchema } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { bmcFacts, bmcs } from '../tables.ts'
import { freeBmcAddress } from './create-bmc.ts'
import { bmcByReference } from './references.ts'

/**
 * Changes address or description of a BMC. Whoever gives its address, also the same one, says that the BMC there is to
 * be trusted anew: its pinned public key is forgotten. Errors: BMC_NOT_FOUND, ETAG_MISMATCH, BMC_ADDRESS_INVALID, BMC_ADDRESS_IN_USE.
 */
export function updateBmc(read: Evaluation, request: UpdateBmcRequest): readonly Write[] {
  const stored = bmcByReference(read, request.bmc)
  requireEtag(read, stored, { etag: request.etag, kind: 'BMC', name: stored.value.xname })
  const mask = maskedFields(UpdateBmcRequestSchema, request, {
    mask: request.updateMask?.paths,
    changeable: ['address', 'description'],
  })
  if (mask.size === 0) return [keep(bmcs, stored)]
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('description')) row.description = request.description
  if (mask.has('address')) row.address = freeBmcAddress(read, request.address, stored.key)
  const facts = mask.has('address') ? read.get(bmcFacts, stored.key) : undefined
  return [put(bmcs, row), ...(facts === undefined ? [] : [put(bmcFacts, { ...facts.value, tlsPin: '' })])]
}
