import type { UpdateNodeRequest } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import { NodeRole, UpdateNodeRequestSchema } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { nodes } from '../tables.ts'
import { freeHostname, freeNodeXname, givenNid } from './attributes.ts'
import { standardArch } from './create-node.ts'
import { nodeByReference } from './references.ts'

const changeable = ['xname', 'nid', 'hostname', 'role', 'arch'] as const

/**
 * Changes what the mask names. A field that is cleared takes its default: no NID, no host name, compute, x86_64.
 * Errors: NODE_NOT_FOUND, ETAG_MISMATCH, INVALID_REQUEST for a mask of other fields, and those of the attributes.
 */
export function updateNode(read: Evaluation, request: UpdateNodeRequest): readonly Write[] {
  const stored = nodeByReference(read, request.node)
  requireEtag(read, stored, { etag: request.etag, kind: 'node', name: stored.value.xname })
  const mask = maskedFields(UpdateNodeRequestSchema, request, { mask: request.updateMask?.paths, changeable })
  if (mask.size === 0) return [keep(nodes, stored)]
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('xname')) row.xname = freeNodeXname(read, request.xname, stored.key)
  if (mask.has('nid')) row.nid = request.nid === undefined ? 0 : givenNid(read, request.nid, stored.key)
  if (mask.has('hostname')) row.hostname = freeHostname(read, request.hostname, stored.key)
  if (mask.has('role')) row.role = request.role === NodeRole.UNSPECIFIED ? NodeRole.COMPUTE : request.role
  if (mask.has('arch')) row.arch = request.arch === '' ? standardArch : request.arch
  return [put(nodes, row)]
}
