import { create, equals } from '@bufbuild/protobuf'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryState } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { NodeRole } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import {
  BmcFactsRowSchema,
  EthernetInterfaceRowSchema,
  NodeRowSchema,
} from '../../../gen/trivet/rows/v1/inventory_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Exploration, SystemFacts } from '../../../redfish/facts.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { standardArch } from '../../inventory/rules/create-node.ts'
import type { StoredBmc, StoredNode } from '../../inventory/rules/references.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { bmcFacts, bmcs, interfaces, nodePowers, nodes } from '../../inventory/tables.ts'
import { shownPower } from '../../power/rules/shown-power.ts'
import { discoveries, discoveryTargets, isOpen } from '../tables.ts'

/** What a BMC said, and what follows for its profile. */
export interface Discovered {
  readonly discoveryId: string
  readonly bmcId: string
  /** Where it was asked. */
  readonly address: string
  readonly exploration: Exploration
  /** Name of the profile of quirks that fits it. */
  readonly profile: string
}

/** What one transaction gives out only once, although the state does not show it yet. */
interface Taken {
  readonly macs: Set<string>
  readonly uuids: Set<string>
  /** Nodes that belong to a system of this BMC already, by its path. */
  readonly byPath: ReadonlyMap<string, StoredNode>
}

/**
 * Takes over what a BMC said: its own facts, its nodes, their interfaces. A node is recognised by BMC and resource
 * path, never by its place in a list; then by its xname, if somebody created it by hand. What people configured stays.
 * Nothing is taken over from an address that is not the BMC's any more: it is asked again.
 * Errors: XNAME_IN_USE when another system goes by the name that a new node would get.
 */
export function recordDiscovered(read: Evaluation, request: Discovered): readonly Write[] {
  const bmc = read.get(bmcs, request.bmcId)
  const target = read.get(discoveryTargets, `${request.discoveryId}/${request.bmcId}`)
  const run = read.get(discoveries, request.discoveryId)
  if (bmc === undefined || target === undefined || run === undefined) return []
  if (bmc.value.address !== request.address) return [keep(discoveryTargets, target)]
  if (!isOpen(run.value.runState) || !isOpen(target.value.runState)) return [keep(discoveryTargets, target)]
  const systems = request.exploration.systems.filter((system) => system.nodeOrdinal !== undefined)
  const taken = { macs: new Set<string>(), uuids: new Set<string>(), byPath: knownByPath(read, bmc, systems) }
  const found = systems.map((system) => recordNode(read, { bmc, system, taken }))
  const xnames = found.map(({ xname }) => xname)
  return [
    put(discoveryTargets, { ...target.value, runState: RunState.COMPLETED, lastError: '', nodes: foldNodeset(xnames) }),
    recordFacts(read, request),
    ...found.flatMap(({ writes }) => writes),
  ]
}

function knownByPath(
  read: Evaluation,
  bmc: StoredBmc,
  systems: readonly SystemFacts[],
): ReadonlyMap<string, StoredNode> {
  const paths = new Set(systems.map(({ path }) => path))
  const known = read.bucket(nodes, 'bmc', bmc.key).filter(({ value }) => paths.has(value.redfishPath))
  return new Map(known.map((node) => [node.value.redfishPath, node]))
}

function recordFacts(read: Evaluation, { bmcId, exploration, profile }: Discovered): Write {
  const { service, bmc, systems, spkiSha256 } = exploration
  const before = read.get(bmcFacts, bmcId)?.value ?? create(BmcFactsRowSchema)
  return put(bmcFacts, {
    ...before,
    bmcId,
    vendor: service.vendor ?? systems[0]?.manufacturer ?? '',
    model: service.product ?? bmc?.model ?? '',
    firmware: bmc?.firmwareVersion ?? '',
    redfishVersion: service.redfishVersion ?? '',
    tlsPin: before.tlsPin === '' ? (spkiSha256 ?? '') : before.tlsPin,
    profile,
    discoveryState: DiscoveryState.DISCOVERED,
    lastError: '',
    lastDiscoveredMs: BigInt(read.timeMs),
  })
}

function recordNode(
  read: Evaluation,
  found: { readonly bmc: StoredBmc; readonly system: SystemFacts; readonly taken: Taken },
): { readonly xname: string; readonly writes: readonly Write[] } {
  const { bmc, system, taken } = found
  const xname = `${bmc.value.xname}n${system.nodeOrdinal}`
  const known = taken.byPath.get(system.path) ?? knownByXname(read, bmc, xname, taken)
  const row = nodeRow(read, { bmc, system, known, xname, taken })
  return {
    xname: row.xname,
    writes: [
      ...(known !== undefined && equals(NodeRowSchema, row, known.value)
        ? []
        : [put(nodes, { ...row, lastUpdatedMs: BigInt(read.timeMs) })]),
      put(nodePowers, { nodeId: row.id, powerState: shownPower(system.powerState), observedMs: BigInt(read.timeMs) }),
      ...recordInterfaces(read, { nodeId: row.id, system, taken }),
    ],
  }
}

/**
 * A node that somebody created by hand, or whose system has another path since. One that a system of this BMC or of
 * another one is known to be is not taken away from it.
 */
function knownByXname(read: Evaluation, bmc: StoredBmc, xname: string, taken: Taken): StoredNode | undefined {
  const holder = read.unique(nodes, 'xname', [onlyTenant, xname])
  if (holder === undefined) return undefined
  const { bmcId, redfishPath } = holder.value
  const free = bmcId === bmc.key ? !taken.byPath.has(redfishPath) : read.get(bmcs, bmcId) === undefined
  if (free) return holder
  throw trivetError('XNAME_IN_USE', { xname, holder: holder.key, revision: holder.revision })
}

/** The row of a node, its time of change apart: what stays the same is not written again. */
function nodeRow(
  read: Evaluation,
  found: {
    readonly bmc: StoredBmc
    readonly system: SystemFacts
    readonly known: StoredNode | undefined
    readonly xname: string
    readonly taken: Taken
  },
): RowOf<typeof nodes> {
  const { bmc, system, known, xname, taken } = found
  const before =
    known?.value ??
    create(NodeRowSchema, {
      id: read.newId('node'),
      tenant: onlyTenant,
      createdMs: BigInt(read.timeMs),
      xname,
      role: NodeRole.COMPUTE,
      arch: standardArch,
    })
  return {
    ...before,
    bmcId: bmc.key,
    redfishPath: system.path,
    resetTarget: system.reset?.target ?? '',
    resetTypes: [...(system.reset?.types ?? [])],
    uuid: uuidFor(read, before, system.uuid, taken),
    // A BMC that says none takes none away. Several nodes may have the same one.
    serialNumber: system.serialNumber ?? before.serialNumber,
    assetTag: system.assetTag ?? before.assetTag,
  }
}

/** White boxes come with one UUID for several boards: it stays with the first. A BMC that says none takes none away. */
function uuidFor(
  read: Evaluation,
  before: Readonly<RowOf<typeof nodes>>,
  uuid: string | undefined,
  taken: Taken,
): string {
  if (uuid === undefined || taken.uuids.has(uuid)) return before.uuid
  const holder = read.unique(nodes, 'uuid', [onlyTenant, uuid])
  if (holder !== undefined && holder.key !== before.id) return before.uuid
  taken.uuids.add(uuid)
  return uuid
}

function recordInterfaces(
  read: Evaluation,
  found: { readonly nodeId: string; readonly system: SystemFacts; readonly taken: Taken },
): Write[] {
  const { nodeId, system, taken } = found
  const now = BigInt(read.timeMs)
  const present = new Map(read.bucket(interfaces, 'node', nodeId).map((stored) => [stored.value.mac, stored]))
  const bootMac = system.bootNic?.mac
  const listed = [...system.interfaces, ...(bootMac === undefined ? [] : [{ id: '', mac: bootMac }])]
  const writes: Write[] = []
  const seen = new Set<string>()
  for (const { id: name, mac } of listed) {
    // Some BMCs list one MAC on two interfaces, and some report one that another node has.
    if (mac === undefined || seen.has(mac) || taken.macs.has(mac)) continue
    const holder = read.unique(interfaces, 'mac', [onlyTenant, mac])
    if (holder !== undefined && holder.value.nodeId !== nodeId) continue
    seen.add(mac)
    taken.macs.add(mac)
    const known = present.get(mac)?.value
    const boot = mac === bootMac
    const row = {
      ...(known ?? create(EthernetInterfaceRowSchema, { id: read.newId('if'), tenant: onlyTenant, createdMs: now })),
      mac,
      nodeId,
      boot,
      bootReason: boot ? (system.bootNic?.reason.replaceAll('_', ' ') ?? '') : '',
    }
    if (name !== '') row.name = name
    if (known !== undefined && equals(EthernetInterfaceRowSchema, row, known)) continue
    writes.push(put(interfaces, { ...row, lastUpdatedMs: now }))
  }
  // An interface that discovery found once and that is no longer there was replaced; one that a person wrote stays.
  const gone = [...present.values()].filter(({ value }) => value.name !== '' && !seen.has(value.mac))
  return seen.size === 0 ? [] : [...writes, ...gone.map((stored) => remove(interfaces, stored))]
}
