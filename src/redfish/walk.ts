import { trivetError } from '../lib/errors.ts'
import { fieldOf, type Document } from './document.ts'
import type { BrokenExpand } from './broken-expand.ts'
import { pathKey } from './link.ts'
import type { Exploration } from './facts.ts'
import { principalManager, managerFacts } from './mapping/manager.ts'
import { nodeOrdinals } from './mapping/node-ordinals.ts'
import { actionInfoPath, resetFacts } from './mapping/reset.ts'
import { idOf, type Resource } from './mapping/resource.ts'
import { expandQuery, isServiceRoot, serviceFacts } from './mapping/service.ts'
import { systemFacts, type SystemResources } from './mapping/system.ts'
import { compareNatural } from '../lib/natural-order.ts'
import { profileOf } from './quirks.ts'
import type { WalkReader } from './walk-reader.ts'
import { WalkedCollections } from './walked-collections.ts'

export interface WalkOptions {
  /** Host that the BMC is reached by, to tell its own interface from others. */
  readonly bmcHost: string
  readonly pinnedMacs: ReadonlyMap<number, string>
  readonly observedMacs: ReadonlySet<string>
  readonly brokenExpand: BrokenExpand
}

export type WalkResult = Omit<Exploration, 'spkiSha256' | 'requests'>

/**
 * Reads the fast tier: root, managers, systems and what hangs on nodes (reference order: DSP0266 §6). What cannot be
 * read becomes a gap; only the root and the collection of systems are indispensable, and members of that collection
 * where the numbering of the nodes would depend on the missing one.
 */
export async function walk(reader: WalkReader, options: WalkOptions): Promise<WalkResult> {
  const root = await readRoot(reader)
  const service = serviceFacts(root)
  const collections = new WalkedCollections(reader, {
    query: expandQuery(root),
    firmware: [service.vendor, service.product, service.redfishVersion].join('|'),
    brokenExpand: options.brokenExpand,
  })

  // Managers first, and one request at a time: they tell the kind of BMC, and so how much it bears.
  const managers = inOrder((await collections.members(root['Managers'], rootPath)).resources)
  const likely = principalManager(managers, undefined)
  const early = likely === undefined ? undefined : managerFacts(likely, [], options.bmcHost)
  collections.parallel = profileOf({ service, bmc: early, systems: [] }).connections

  const listed = await collections.indispensableMembers(root['Systems'], rootPath)
  const byId = inOrder(listed.resources)
  const nodes = byId.filter((system) => resetFacts(system.path, system.document) !== undefined)
  const ordinals = nodeOrdinals(distinctNames(nodes))
  if (listed.firstFailure !== undefined && !ordinals.lasting) throw listed.firstFailure

  const nodeSet = new Set(nodes)
  const read = await collections.inParallel(byId, (system) =>
    nodeSet.has(system)
      ? readNode(collections, system)
      : { system, interfaces: [], bootOptions: [], actionInfo: undefined },
  )
  const principal = principalManager(managers, nodes[0]?.path)
  const ownInterfaces =
    principal === undefined
      ? []
      : inOrder((await collections.members(principal.document['EthernetInterfaces'], principal.path)).resources)

  const mapped = managers.map((manager) =>
    managerFacts(manager, manager === principal ? ownInterfaces : [], options.bmcHost),
  )
  const systems = read.map((resources) => {
    const nodeOrdinal = ordinals.numbers[nodes.indexOf(resources.system)]
    const pinnedMac = nodeOrdinal === undefined ? undefined : options.pinnedMacs.get(nodeOrdinal)
    return systemFacts(resources, { nodeOrdinal, pinnedMac, observedMacs: options.observedMacs })
  })
  const result: WalkResult = {
    service,
    managers: mapped,
    bmc: mapped.find((manager) => manager.path === principal?.path),
    systems,
    gaps: collections.gaps.toSorted((left, right) => compareNatural(left.path, right.path)),
  }
  reader.profileFound(profileOf(result))
  return result
}

const rootPath = '/redfish/v1/'

async function readRoot(reader: WalkReader): Promise<Document> {
  const answer = await reader.get(rootPath)
  if ('failure' in answer) throw answer.failure
  if (!isServiceRoot(answer.document)) {
    const reason = 'its root is JSON, but no Redfish service root'
    throw trivetError('BMC_NOT_REDFISH', { address: reader.address, reason })
  }
  reader.rootRead(answer.document)
  return answer.document
}

async function readNode(collections: WalkedCollections, system: Resource): Promise<SystemResources> {
  const document = system.document
  const interfaces = await collections.members(document['EthernetInterfaces'], system.path)
  const bootOptions = await collections.members(fieldOf(document, 'Boot', 'BootOptions'), system.path)
  const infoPath = actionInfoPath(document)
  const info = infoPath === undefined ? undefined : await collections.document(infoPath)
  return {
    system,
    interfaces: inOrder(interfaces.resources),
    bootOptions: inOrder(bootOptions.resources),
    actionInfo: info?.document,
  }
}

/** Resource ids; paths instead when two systems claim the same id, or both would get the same number. */
function distinctNames(nodes: readonly Resource[]): readonly string[] {
  const ids = nodes.map(idOf)
  return new Set(ids).size === ids.length ? ids : nodes.map((node) => node.path)
}

/** Each once, in the order of their ids: the order of members is none. */
function inOrder(resources: readonly Resource[]): readonly Resource[] {
  const byPath = new Map(resources.map((resource) => [pathKey(resource.path), resource]))
  return [...byPath.values()].toSorted((left, right) => compareNatural(idOf(left), idOf(right)))
}
