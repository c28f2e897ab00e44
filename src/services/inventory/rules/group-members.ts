import type { AddGroupMembersRequest, RemoveGroupMembersRequest } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { groupMembers, groups } from '../tables.ts'
import { requireGroupSize } from './create-group.ts'
import { nodesOf } from './nodeset.ts'
import { groupByReference } from './references.ts'

/** Adds nodes to a group; members stay. Errors: GROUP_NOT_FOUND; TRANSACTION_TOO_LARGE; those of nodesets. */
export function addGroupMembers(read: Evaluation, request: AddGroupMembersRequest): readonly Write[] {
  const group = groupByReference(read, request.group)
  const added = nodesOf(read, request.nodes)
    .filter((node) => read.get(groupMembers, `${group.key}/${node.key}`) === undefined)
    .map((node) => put(groupMembers, { groupId: group.key, nodeId: node.key }))
  requireGroupSize(read.count(groupMembers, 'group', group.key) + added.length)
  return [keep(groups, group), ...added]
}

/** Removes nodes from a group; others are left alone. Errors: GROUP_NOT_FOUND; those of nodesets. */
export function removeGroupMembers(read: Evaluation, request: RemoveGroupMembersRequest): readonly Write[] {
  const group = groupByReference(read, request.group)
  const removed = nodesOf(read, request.nodes).flatMap((node) => {
    const member = read.get(groupMembers, `${group.key}/${node.key}`)
    return member === undefined ? [] : [remove(groupMembers, member)]
  })
  return [keep(groups, group), ...removed]
}
