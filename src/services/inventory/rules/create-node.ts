import { trivetError } from '../../../lib/errors.ts'
import { isMulticastMac, parseMac } from '../../../lib/mac.ts'
import type { CreateNodeRequest } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import { NodeRole } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { interfaces, nodes } from '../tables.ts'
import { freeHostname, freeNodeXname, freeUuid, givenLabel, givenNid, requireFreeMac } from './attributes.ts'
import { onlyTenant } from './references.ts'

/** The architecture of a node of which nobody said another one. */
export const standardArch = 'x86_64'

/** Why an interface of a node that was created by hand is its boot interface. */
export const givenFirst = 'given first'

/**
 * Creates a node and its interfaces, the first of them its boot interface.
 * Errors: XNAME_INVALID, XNAME_WRONG_TYPE, XNAME_IN_USE, NID_NOT_POSITIVE, NID_IN_USE, HOSTNAME_INVALID,
 * HOSTNAME_IN_USE, UUID_INVALID, UUID_IN_USE, LABEL_INVALID, MAC_INVALID, MAC_IN_USE.
 */
export function createNode(read: Evaluation, request: CreateNodeRequest): readonly Write[] {
  const id = read.newId('node')
  const stamps = { tenant: onlyTenant, createdMs: BigInt(read.timeMs), lastUpdatedMs: BigInt(read.timeMs) }
  const macs = request.mac.map((text) => requireUnicast(parseMac(text)))
  const twice = macs.find((mac, index) => macs.indexOf(mac) !== index)
  if (twice !== undefined) throw trivetError('MAC_INVALID', { mac: twice, reason: 'it stands there twice' })
  for (const mac of macs) requireFreeMac(read, mac)
  return [
    put(nodes, {
      ...stamps,
      id,
      xname: freeNodeXname(read, request.xname),
      nid: request.nid === undefined ? 0 : givenNid(read, request.nid),
      hostname: freeHostname(read, request.hostname),
      uuid: freeUuid(read, request.uuid),
      serialNumber: givenLabel('serial number', request.serialNumber),
      assetTag: givenLabel('asset tag', request.assetTag),
      role: request.role === NodeRole.UNSPECIFIED ? NodeRole.COMPUTE : request.role,
      arch: request.arch === '' ? standardArch : request.arch,
    }),
    ...macs.map((mac, index) =>
      put(interfaces, {
        ...stamps,
        id: read.newId('if'),
        mac,
        nodeId: id,
        boot: index === 0,
        bootReason: index === 0 ? givenFirst : '',
      }),
    ),
  ]
}

function requireUnicast(mac: string): string {
  if (isMulticastMac(mac))
    throw trivetError('MAC_INVALID', { mac, reason: 'it is a group address; no interface has it' })
  return mac
}
