import { trivetError } from '../../../lib/errors.ts'
import type { CreateGroupRequest } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { groupMembers, groups } from '../tables.ts'
import { nodesOf } from './nodeset.ts'
import { onlyTenant } from './references.ts'

/** Members that one request adds or removes, and that a group may have until groups are built in several steps. */
export const groupMembersMax = 900

/** Creates a group with its first members. Errors: GROUP_EXISTS; TRANSACTION_TOO_LARGE; those of nodesets. */
export function createGroup(read: Evaluation, request: CreateGroupRequest): readonly Write[] {
  requireFreeGroupName(read, request.name)
  const id = read.newId('grp')
  const members = request.nodes === '' ? [] : nodesOf(read, request.nodes)
  requireGroupSize(members.length)
  return [
    put(groups, {
      id,
      tenant: onlyTenant,
      createdMs: BigInt(read.timeMs),
      lastUpdatedMs: BigInt(read.timeMs),
      name: request.name,
      description: request.description,
    }),
    ...members.map((node) => put(groupMembers, { groupId: id, nodeId: node.key })),
  ]
}

/** Refuses a name that another group has. Errors: GROUP_EXISTS. */
export function requireFreeGroupName(read: Evaluation, name: string, own = ''): void {
  const holder = read.unique(groups, 'name', [onlyTenant, name])
  if (holder === undefined || holder.key === own) return
  throw trivetError('GROUP_EXISTS', { group: name, revision: holder.revision })
}

/** Refuses a group of more members than one transaction can delete. Errors: TRANSACTION_TOO_LARGE. */
export function requireGroupSize(members: number): void {
  if (members <= groupMembersMax) return
  throw trivetError('TRANSACTION_TOO_LARGE', { amount: members, unit: 'members of one group', limit: groupMembersMax })
}
