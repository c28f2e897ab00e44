import type { DescMessage } from '@bufbuild/protobuf'
import { trivetError } from '../../../lib/errors.ts'
import type { DeleteNodeRequest } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Table } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { remove } from '../../../state/write.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'
import { requireEtag } from '../../kernel/etag.ts'
import { isOpen, sessions, sessionTargets } from '../../session/tables.ts'
import { groupMembers, interfaces, nodePowers, nodes } from '../tables.ts'
import { nodeByReference } from './references.ts'

/**
 * Deletes a node with its interfaces, its memberships, and what was observed of it.
 * Errors: NODE_NOT_FOUND; ETAG_MISMATCH; NODE_IN_USE, naming the open sessions that target it.
 */
export function deleteNode(read: Evaluation, request: DeleteNodeRequest): readonly Write[] {
  const node = nodeByReference(read, request.node)
  requireEtag(read, node, { etag: request.etag, kind: 'node', name: node.value.xname })
  const open = read
    .bucket(sessionTargets, 'node', node.key)
    .map((target) => read.get(sessions, target.value.sessionId))
    .filter((session) => session !== undefined && isOpen(session.value.sessionState))
  if (open.length > 0) {
    throw trivetError('NODE_IN_USE', { node: node.value.xname, sessions: open.map((session) => session!.key) })
  }
  return [
    remove(nodes, node),
    ...read.bucket(interfaces, 'node', node.key).map((stored) => remove(interfaces, stored)),
    ...read.bucket(groupMembers, 'node', node.key).map((stored) => remove(groupMembers, stored)),
    ...removePart(read, nodePowers, node.key),
    ...removePart(read, nodeBindings, node.key),
    ...removePart(read, nodeBoots, node.key),
  ]
}

function removePart<Desc extends DescMessage>(read: Evaluation, table: Table<Desc>, key: string): readonly Write[] {
  const part = read.get(table, key)
  return part === undefined ? [] : [remove(table, part)]
}
