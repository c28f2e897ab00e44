import type { MessageInitShape } from '@bufbuild/protobuf'
import type { GroupSchema } from '../../../gen/trivet/inventory/v1/inventory_pb.ts'
import type { Reader } from '../../../state/read.ts'
import { stamps } from '../../kernel/timestamps.ts'
import { sessions } from '../../session/tables.ts'
import { foldNodes, membersOf } from '../rules/nodeset.ts'
import type { StoredGroup } from '../rules/references.ts'
import { groupMembers } from '../tables.ts'

/** A group as the API shows it. */
export function groupAnswer(read: Reader, stored: StoredGroup): MessageInitShape<typeof GroupSchema> {
  const group = stored.value
  const last = read
    .bucket(sessions, 'group', stored.key)
    .reduce<bigint | undefined>((latest, { value }) => maxOf(latest, value.createdMs), undefined)
  const lastSession = read.bucket(sessions, 'group', stored.key).findLast(({ value }) => value.createdMs === last)
  return {
    ...stamps(group),
    id: group.id,
    etag: read.etag(stored),
    name: group.name,
    description: group.description,
    memberCount: read.count(groupMembers, 'group', stored.key),
    nodes: foldNodes(membersOf(read, stored.key)),
    lastSessionId: lastSession?.key ?? '',
  }
}

function maxOf(latest: bigint | undefined, ms: bigint): bigint {
  return latest === undefined || ms > latest ? ms : latest
}
