import type { DeleteBmcRequest } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { remove } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { bmcFacts, bmcs, nodes } from '../tables.ts'
import { foldNodes } from './nodeset.ts'
import { bmcByReference } from './references.ts'

/** Deletes a BMC and what is known about it. Errors: BMC_NOT_FOUND; ETAG_MISMATCH; BMC_IN_USE, naming its nodes. */
export function deleteBmc(read: Evaluation, request: DeleteBmcRequest): readonly Write[] {
  const stored = bmcByReference(read, request.bmc)
  requireEtag(read, stored, { etag: request.etag, kind: 'BMC', name: stored.value.xname })
  const behind = read.bucket(nodes, 'bmc', stored.key)
  if (behind.length > 0) throw trivetError('BMC_IN_USE', { bmc: stored.value.xname, nodes: foldNodes(behind) })
  const facts = read.get(bmcFacts, stored.key)
  return [remove(bmcs, stored), ...(facts === undefined ? [] : [remove(bmcFacts, facts)])]
}
