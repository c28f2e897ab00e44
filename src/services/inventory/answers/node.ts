import type { MessageInitShape } from '@bufbuild/protobuf'
import type { NodeBootSchema, NodeSchema } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import { PowerState } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { Reader } from '../../../state/read.ts'
import { templateName } from '../../boot/rules/template-name.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'
import { stamps, timestamp } from '../../kernel/timestamps.ts'
import type { StoredNode } from '../rules/references.ts'
import { groupMembers, groups, interfaces, nodePowers } from '../tables.ts'

/** A node as the API shows it. */
export function nodeAnswer(read: Reader, stored: StoredNode): MessageInitShape<typeof NodeSchema> {
  const node = stored.value
  const power = read.get(nodePowers, stored.key)?.value
  const booted = bootedBy(read, stored.key)
  const nextBoot = boundTo(read, stored.key)
  return {
    ...stamps(node),
    id: node.id,
    etag: read.etag(stored),
    xname: node.xname,
    ...(node.nid !== 0 && { nid: node.nid }),
    hostname: node.hostname,
    uuid: node.uuid,
    serialNumber: node.serialNumber,
    assetTag: node.assetTag,
    role: node.role,
    arch: node.arch,
    bmcId: node.bmcId,
    groupNames: read
      .bucket(groupMembers, 'node', stored.key)
      .flatMap((member) => read.get(groups, member.value.groupId)?.value.name ?? [])
      .sort(),
    macs: macsOf(read, stored.key),
    powerState: power?.powerState ?? PowerState.UNSPECIFIED,
    powerObserved: timestamp(power?.observedMs ?? 0n),
    ...(booted && { booted }),
    ...(nextBoot && { nextBoot }),
  }
}

/** MAC addresses of a node, the boot interface first. */
export function macsOf(read: Reader, nodeId: string): string[] {
  const found = read.bucket(interfaces, 'node', nodeId).map(({ value }) => value)
  return [...found]
    .sort((a, b) => Number(b.boot) - Number(a.boot) || (a.mac < b.mac ? -1 : 1))
    .map((ethernetInterface) => ethernetInterface.mac)
}

function bootedBy(read: Reader, nodeId: string): MessageInitShape<typeof NodeBootSchema> | undefined {
  const boot = read.get(nodeBoots, nodeId)?.value
  if (boot === undefined || boot.reportedMs === 0n) return undefined
  const { templateId, templateRevision, sessionId, attempt } = boot
  return {
    template: templateName(read, { templateId, templateRevision }),
    templateId,
    templateRevision,
    sessionId,
    attempt,
    reported: timestamp(boot.reportedMs),
  }
}

function boundTo(read: Reader, nodeId: string): MessageInitShape<typeof NodeBootSchema> | undefined {
  const binding = read.get(nodeBindings, nodeId)?.value
  if (binding === undefined) return undefined
  const { templateId, templateRevision, sessionId, attempt } = binding
  const template = templateName(read, { templateId, templateRevision })
  return { template, templateId, templateRevision, sessionId, attempt }
}
