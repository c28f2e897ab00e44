import {
  BmcFactsRowSchema,
  BmcRowSchema,
  CredentialRowSchema,
  EthernetInterfaceRowSchema,
  GroupMemberRowSchema,
  GroupRowSchema,
  NodePowerRowSchema,
  NodeRowSchema,
} from '../../gen/trivet/rows/v1/inventory_pb.ts'
import { table } from '../../state/table.ts'
import { labelBucket } from './label-key.ts'

/** Nodes: what people and discovery say that they are. What changes at another rate stands in tables of its own. */
export const nodes = table({
  name: 'node',
  row: NodeRowSchema,
  key: (node) => node.id,
  unique: {
    xname: (node) => [node.tenant, node.xname],
    nid: (node) => (node.nid === 0 ? undefined : [node.tenant, `${node.nid}`]),
    hostname: (node) => (node.hostname === '' ? undefined : [node.tenant, node.hostname]),
    uuid: (node) => (node.uuid === '' ? undefined : [node.tenant, node.uuid]),
  },
  buckets: {
    bmc: (node) => (node.bmcId === '' ? undefined : node.bmcId),
    serialNumber: (node) => labelBucket(node.tenant, node.serialNumber),
    assetTag: (node) => labelBucket(node.tenant, node.assetTag),
  },
})

/** Power of nodes as last observed. */
export const nodePowers = table({
  name: 'node_power',
  row: NodePowerRowSchema,
  key: (power) => power.nodeId,
  owner: { table: nodes, key: (power) => power.nodeId },
})

/** BMCs: what people say of them. */
export const bmcs = table({
  name: 'bmc',
  row: BmcRowSchema,
  key: (bmc) => bmc.id,
  unique: {
    xname: (bmc) => [bmc.tenant, bmc.xname],
    address: (bmc) => [bmc.tenant, bmc.address],
  },
})

/** What discovery found out about BMCs. */
export const bmcFacts = table({
  name: 'bmc_facts',
  row: BmcFactsRowSchema,
  key: (facts) => facts.bmcId,
  owner: { table: bmcs, key: (facts) => facts.bmcId },
})

/** Ethernet interfaces of nodes. A MAC address is in one node only. */
export const interfaces = table({
  name: 'ethernet_interface',
  row: EthernetInterfaceRowSchema,
  key: (ethernetInterface) => ethernetInterface.id,
  unique: { mac: (ethernetInterface) => [ethernetInterface.tenant, ethernetInterface.mac] },
  buckets: { node: (ethernetInterface) => ethernetInterface.nodeId },
})

/** Groups of nodes. People name them; nothing but `name` is looked up by people. */
export const groups = table({
  name: 'group',
  row: GroupRowSchema,
  key: (group) => group.id,
  unique: { name: (group) => [group.tenant, group.name] },
})

/** Which node is in which group, one row each, so that a group of 20,000 nodes changes one member at a time. */
export const groupMembers = table({
  name: 'group_member',
  row: GroupMemberRowSchema,
  key: (member) => `${member.groupId}/${member.nodeId}`,
  owner: { table: groups, key: (member) => member.groupId },
  buckets: { group: (member) => member.groupId, node: (member) => member.nodeId },
})

/** Credentials for the BMCs that a pattern names. Their ids follow from their patterns, which may be long. */
export const credentials = table({
  name: 'credential',
  row: CredentialRowSchema,
  key: (credential) => credential.id,
})
