import type { GetBmcRequest, ListBmcsRequest } from '../../gen/trivet/inventory/v1/bmcs_pb.ts'
import type { ListCredentialsRequest } from '../../gen/trivet/inventory/v1/credentials_pb.ts'
import type { GetGroupRequest, ListGroupsRequest } from '../../gen/trivet/inventory/v1/groups_pb.ts'
import type { GetInterfaceRequest, ListInterfacesRequest } from '../../gen/trivet/inventory/v1/interfaces_pb.ts'
import type { GetNodeRequest, ListNodesRequest } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { compareNatural } from '../../lib/natural-order.ts'
import type { Reader, Stored } from '../../state/read.ts'
import type { RowOf } from '../../state/table.ts'
import { page, textOrder } from '../kernel/paging.ts'
import { bmcAnswer } from './answers/bmc.ts'
import { credentialAnswer } from './answers/credential.ts'
import { groupAnswer } from './answers/group.ts'
import { interfaceAnswer } from './answers/interface.ts'
import { nodeAnswer } from './answers/node.ts'
import { allBmcs, allNodes, nodesOf } from './rules/nodeset.ts'
import { bmcByReference, groupByReference, interfaceByReference, nodeByReference } from './rules/references.ts'
import { credentials, groups, interfaces } from './tables.ts'

/** Beginning of a pattern that decides its place in a list. */
const positionCharsMax = 200

const byXname = {
  position: (stored: { readonly value: { readonly xname: string } }) => stored.value.xname,
  compare: compareNatural,
}

/** Nodes in the order of their xnames. */
export function listNodes(read: Reader, request: ListNodesRequest) {
  const found = request.nodes === '' ? allNodes(read) : nodesOf(read, request.nodes)
  const { items, nextPageToken } = page(read, found, request, byXname)
  return { nodes: items.map((node) => nodeAnswer(read, node)), nextPageToken, revision: BigInt(read.revision) }
}

/** One node. */
export function getNode(read: Reader, request: GetNodeRequest) {
  return { node: nodeAnswer(read, nodeByReference(read, request.node)) }
}

/** BMCs in the order of their xnames. */
export function listBmcs(read: Reader, request: ListBmcsRequest) {
  const { items, nextPageToken } = page(read, allBmcs(read), request, byXname)
  return { bmcs: items.map((bmc) => bmcAnswer(read, bmc)), nextPageToken, revision: BigInt(read.revision) }
}

/** One BMC. */
export function getBmc(read: Reader, request: GetBmcRequest) {
  return { bmc: bmcAnswer(read, bmcByReference(read, request.bmc)) }
}

/** Interfaces in the order of their MAC addresses. */
export function listInterfaces(read: Reader, request: ListInterfacesRequest) {
  const found =
    request.nodes === ''
      ? [...read.all(interfaces)]
      : nodesOf(read, request.nodes).flatMap((node) => read.bucket(interfaces, 'node', node.key))
  const order = { position: (stored: (typeof found)[number]) => stored.value.mac, compare: textOrder }
  const sorted = found.sort((a, b) => textOrder(a.value.mac, b.value.mac))
  const { items, nextPageToken } = page(read, sorted, request, order)
  const answers = items.map((stored) => interfaceAnswer(read, stored))
  return { interfaces: answers, nextPageToken, revision: BigInt(read.revision) }
}

/** One interface. */
export function getInterface(read: Reader, request: GetInterfaceRequest) {
  return { interface: interfaceAnswer(read, interfaceByReference(read, request.interface)) }
}

/** Groups in the order of their names. */
export function listGroups(read: Reader, request: ListGroupsRequest) {
  const sorted = [...read.all(groups)].sort((a, b) => textOrder(a.value.name, b.value.name))
  const order = { position: (stored: (typeof sorted)[number]) => stored.value.name, compare: textOrder }
  const { items, nextPageToken } = page(read, sorted, request, order)
  return { groups: items.map((group) => groupAnswer(read, group)), nextPageToken, revision: BigInt(read.revision) }
}

/** One group. */
export function getGroup(read: Reader, request: GetGroupRequest) {
  return { group: groupAnswer(read, groupByReference(read, request.group)) }
}

/** Credentials in the order of their patterns. */
export function listCredentials(read: Reader, request: ListCredentialsRequest) {
  // Patterns are longer than what fits a page token; the id decides where their beginnings are alike.
  const position = ({ key, value }: Stored<RowOf<typeof credentials>>) =>
    `${value.pattern.slice(0, positionCharsMax)}/${key}`
  const sorted = [...read.all(credentials)].sort((a, b) => textOrder(position(a), position(b)))
  const order = { position, compare: textOrder }
  const { items, nextPageToken } = page(read, sorted, request, order)
  const answers = items.map((stored) => credentialAnswer(read, stored))
  return { credentials: answers, nextPageToken, revision: BigInt(read.revision) }
}
