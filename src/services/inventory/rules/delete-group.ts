import { trivetError } from '../../../lib/errors.ts'
import type { DeleteGroupRequest } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { remove } from '../../../state/write.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { sessions } from '../../session/tables.ts'
import { groupMembers, groups } from '../tables.ts'
import { groupByReference } from './references.ts'

/**
 * Deletes a group and its memberships.
 * Errors: GROUP_NOT_FOUND; ETAG_MISMATCH; GROUP_IN_USE, naming the open sessions that target it.
 */
export function deleteGroup(read: Evaluation, request: DeleteGroupRequest): readonly Write[] {
  const group = groupByReference(read, request.group)
  requireEtag(read, group, { etag: request.etag, kind: 'group', name: group.value.name })
  const open = read.bucket(sessions, 'openOnGroup', group.key)
  if (open.length > 0) {
    throw trivetError('GROUP_IN_USE', { group: group.value.name, sessions: open.map((session) => session.key) })
  }
  return [
    remove(groups, group),
    ...read.bucket(groupMembers, 'group', group.key).map((member) => remove(groupMembers, member)),
  ]
}
