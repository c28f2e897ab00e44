import type { MessageInitShape } from '@bufbuild/protobuf'
import type { GroupSchema } from '../../../gen/trivet/inventory/v1/groups_pb.ts'
import type { Reader } from '../../../state/read.ts'
import { stamps } from '../../kernel/timestamps.ts'
import { sessions } from '../../session/tables.ts'
import { foldNodes, membersOf } from '../rules/nodeset.ts'
import type { StoredGroup } from '../rules/references.ts'
import { groupMembers } from '../tables.ts'

/** A group as the API shows it. */
export function groupAnswer(read: Reader, stored: StoredGroup): MessageInitShape<typeof GroupSchema> {
  const group = stored.value
  // Ids begin with the log time at which they were drawn: the last one is the newest.
  const lastSession = read.bucket(sessions, 'group', stored.key).at(-1)
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
