import { trivetError } from '../../../lib/errors.ts'
import { compareNatural } from '../../../lib/natural-order.ts'
import type { GroupResolver } from '../../../lib/nodeset.ts'
import { expandNodeset } from '../../../lib/nodeset.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Reader } from '../../../state/read.ts'
import { bmcs, groupMembers, groups, nodes } from '../tables.ts'
import type { StoredBmc, StoredNode } from './references.ts'
import { bmcByReference, findNode, nodeByReference, onlyTenant } from './references.ts'

/** Names that an error lists before it only counts them. */
const namesInErrorMax = 20

/**
 * The nodes that a nodeset means, each once, in the order of their xnames. Names in it may be anything that refers to
 * one node, and are the same node whatever its operands call it. Never silently fewer than were named; and what is
 * left out by a name that nobody has, and that was not named before either, is a mistake, not a wish.
 * Errors: those of nodesets; NODES_NOT_FOUND with all that are missing, folded; those of one reference.
 */
export function nodesOf(read: Reader, nodeset: string): readonly StoredNode[] {
  const byXname = new Map<string, StoredNode>()
  const mentions = new Map<string, number>()
  const canonical = (name: string) => {
    const node = findNode(read, name)
    if (node === undefined) mentions.set(name, (mentions.get(name) ?? 0) + 1)
    else byXname.set(node.value.xname, node)
    return node?.value.xname ?? name
  }
  const names = new Set(expandNodeset(nodeset, { groups: groupResolver(read), canonical }))
  const missing = [...mentions].filter(([name, count]) => names.has(name) || count === 1).map(([name]) => name)
  const [only] = missing
  if (only !== undefined && missing.length === 1) nodeByReference(read, only)
  if (missing.length > 0) throw trivetError('NODES_NOT_FOUND', { count: missing.length, nodes: shortened(missing) })
  return [...names].map((xname) => byXname.get(xname) ?? read.unique(nodes, 'xname', [onlyTenant, xname])!)
}

/** The BMCs that a nodeset of xnames means, in the order of their xnames. Errors: BMC_NOT_FOUND; those of nodesets. */
export function bmcsOf(read: Reader, nodeset: string): readonly StoredBmc[] {
  const found = new Map<string, StoredBmc>()
  for (const name of expandNodeset(nodeset)) {
    const bmc = bmcByReference(read, name)
    found.set(bmc.key, bmc)
  }
  return [...found.values()].sort((a, b) => compareNatural(a.value.xname, b.value.xname))
}

/** All BMCs in the order of their xnames. */
export function allBmcs(read: Reader): readonly StoredBmc[] {
  return [...read.all(bmcs)].sort((a, b) => compareNatural(a.value.xname, b.value.xname))
}

/** All nodes in the order of their xnames. */
export function allNodes(read: Reader): readonly StoredNode[] {
  return [...read.all(nodes)].sort((a, b) => compareNatural(a.value.xname, b.value.xname))
}

/** The members of a group in the order of their xnames. */
export function membersOf(read: Reader, groupId: string): readonly StoredNode[] {
  return read
    .bucket(groupMembers, 'group', groupId)
    .flatMap((member) => read.get(nodes, member.value.nodeId) ?? [])
    .sort((a, b) => compareNatural(a.value.xname, b.value.xname))
}

/** The xnames of nodes as a folded nodeset. */
export function foldNodes(found: readonly StoredNode[]): string {
  return foldNodeset(found.map(({ value }) => value.xname))
}

function groupResolver(read: Reader): GroupResolver {
  const xnames = (found: readonly StoredNode[]) => found.map(({ value }) => value.xname)
  return {
    members(name) {
      const group = read.unique(groups, 'name', [onlyTenant, name.toLowerCase()])
      return group && xnames(membersOf(read, group.key))
    },
    all: () => xnames(allNodes(read)),
    names: () => [...read.all(groups)].map(({ value }) => value.name),
  }
}

function shortened(names: readonly string[]): string {
  const folded = foldNodeset(names)
  return folded.length <= 500 ? folded : `${names.slice(0, namesInErrorMax).join(', ')}, …`
}
