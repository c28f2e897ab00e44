import type { Reader } from '../../../state/read.ts'
import type { StoredBmc } from '../../inventory/rules/references.ts'
import { interfaces, nodes } from '../../inventory/tables.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { givenFirst } from '../../inventory/rules/create-node.ts'

/** Nodes that one BMC may have; Cray EX has two behind one, the densest known sleds four. */
const ordinalMax = 15

/** How discovery says that a boot interface was chosen by a person. */
const pinnedReason = 'operator pin'

/** The boot interfaces that people chose for the nodes of a BMC, by the ordinal of the node: they stay chosen. */
export function pinnedMacs(read: Reader, bmc: StoredBmc): ReadonlyMap<number, string> {
  const pinned = new Map<number, string>()
  for (let ordinal = 0; ordinal <= ordinalMax; ordinal += 1) {
    const node = read.unique(nodes, 'xname', [onlyTenant, `${bmc.value.xname}n${ordinal}`])
    if (node === undefined) continue
    const chosen = read
      .bucket(interfaces, 'node', node.key)
      .find(({ value }) => value.boot && (value.bootReason === givenFirst || value.bootReason === pinnedReason))
    if (chosen !== undefined) pinned.set(ordinal, chosen.value.mac)
  }
  return pinned
}
