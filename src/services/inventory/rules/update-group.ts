import type { UpdateGroupRequest } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import { UpdateGroupRequestSchema } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { maskedFields } from '../../kernel/update-mask.ts'
import { groups } from '../tables.ts'
import { requireFreeGroupName } from './create-group.ts'
import { groupByReference } from './references.ts'

/**
 * Changes name or description of a group. Errors: GROUP_NOT_FOUND; ETAG_MISMATCH; GROUP_EXISTS; INVALID_REQUEST for an
 * empty name.
 */
export function updateGroup(read: Evaluation, request: UpdateGroupRequest): readonly Write[] {
  const stored = groupByReference(read, request.group)
  requireEtag(read, stored, { etag: request.etag, kind: 'group', name: stored.value.name })
  const mask = maskedFields(UpdateGroupRequestSchema, request, {
    mask: request.updateMask?.paths,
    changeable: ['name', 'description'],
  })
  if (mask.size === 0) return [keep(groups, stored)]
  const row = { ...stored.value, lastUpdatedMs: BigInt(read.timeMs) }
  if (mask.has('name')) {
    if (request.name === '') throw trivetError('INVALID_REQUEST', { reason: 'the name of a group cannot be empty' })
    requireFreeGroupName(read, request.name, stored.key)
    row.name = request.name
  }
  if (mask.has('description')) row.description = request.description
  return [put(groups, row)]
}
