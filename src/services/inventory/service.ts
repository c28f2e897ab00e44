import { InventoryService } from '../../gen/trivet/inventory/v1/inventory_pb.ts'

import { deleted, resource } from '../kernel/resource.ts'
import { read, service, write } from '../kernel/method.ts'
import { bmcAnswer } from './answers/bmc.ts'
import { credentialAnswer } from './answers/credential.ts'
import { groupAnswer } from './answers/group.ts'
import { nodeAnswer } from './answers/node.ts'
import { importAnswer } from './answers/import.ts'
import {
  getBmc,
  getGroup,
  getInterface,
  getNode,
  listBmcs,
  listCredentials,
  listGroups,
  listInterfaces,
  listNodes,
} from './queries.ts'
import { createBmc } from './rules/create-bmc.ts'
import { createGroup } from './rules/create-group.ts'
import { createNode } from './rules/create-node.ts'
import { deleteCredential, setCredential } from './rules/credentials.ts'
import { deleteBmc } from './rules/delete-bmc.ts'
import { deleteGroup } from './rules/delete-group.ts'
import { deleteNode } from './rules/delete-node.ts'
import { addGroupMembers, removeGroupMembers } from './rules/group-members.ts'
import { importBmcs } from './rules/import-bmcs.ts'
import { updateBmc } from './rules/update-bmc.ts'
import { updateGroup } from './rules/update-group.ts'
import { updateNode } from './rules/update-node.ts'
import { sealPassword } from './seal-password.ts'
import { bmcs, credentials, groups, nodes } from './tables.ts'

const node = resource(nodes, (stored, from) => ({ node: nodeAnswer(from, stored) }))
const bmc = resource(bmcs, (stored, from) => ({ bmc: bmcAnswer(from, stored) }))
const group = resource(groups, (stored, from) => ({ group: groupAnswer(from, stored) }))
const credential = resource(credentials, (stored, from) => ({ credential: credentialAnswer(from, stored) }))

/** The inventory. */
export const inventory = service(InventoryService, {
  listNodes: read(listNodes),
  getNode: read(getNode),
  createNode: write(createNode, node),
  updateNode: write(updateNode, node),
  deleteNode: write(deleteNode, deleted),
  listBmcs: read(listBmcs),
  getBmc: read(getBmc),
  createBmc: write(createBmc, bmc),
  updateBmc: write(updateBmc, bmc),
  deleteBmc: write(deleteBmc, deleted),
  importBmcs: write(importBmcs, importAnswer),
  listInterfaces: read(listInterfaces),
  getInterface: read(getInterface),
  listGroups: read(listGroups),
  getGroup: read(getGroup),
  createGroup: write(createGroup, group),
  updateGroup: write(updateGroup, group),
  deleteGroup: write(deleteGroup, deleted),
  addGroupMembers: write(addGroupMembers, group),
  removeGroupMembers: write(removeGroupMembers, group),
  setCredential: write(setCredential, credential, { seal: sealPassword }),
  listCredentials: read(listCredentials),
  deleteCredential: write(deleteCredential, deleted),
})
