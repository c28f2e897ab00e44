import { create } from '@bufbuild/protobuf'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryState, NodeRole } from '../../../gen/trivet/inventory/v1/inventory_pb.ts'
import {
  BmcFactsRowSchema,
  EthernetInterfaceRowSchema,
  NodeRowSchema,
} from '../../../gen/trivet/rows/v1/inventory_pb.ts'
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
  readonly exploration: Exploration
  /** Name of the profile of quirks that fits it. */
  readonly profile: string
}

/**
 * Takes over what a BMC said: its own facts, its nodes, their interfaces. A node is recognised by BMC and resource
 * path, never by its place in a list; then by its xname, if somebody created it by hand. What people configured stays.
 */
export function recordDiscovered(read: Evaluation, request: Discovered): readonly Write[] {
  const bmc = read.get(bmcs, request.bmcId)
  const target = read.get(discoveryTargets, `${request.discoveryId}/${request.bmcId}`)
  const run = read.get(discoveries, request.discoveryId)
  if (bmc === undefined || target === undefined || run === undefined) return []
  if (!isOpen(run.value.runState) || !isOpen(target.value.runState)) return [keep(discoveryTargets, target)]
  const taken = new Set<string>()
  const found = request.exploration.systems
    .filter((system) => system.nodeOrdinal !== undefined)
    .map((system) => recordNode(read, { bmc, system, taken }))
  const xnames = found.map(({ xname }) => xname)
  return [
    put(discoveryTargets, { ...target.value, runState: RunState.COMPLETED, lastError: '', nodes: foldNodeset(xnames) }),
    recordFacts(read, request),
    ...found.flatMap(({ writes }) => writes),
  ]
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
  found: { readonly bmc: StoredBmc; readonly system: SystemFacts; readonly taken: Set<string> },
): { readonly xname: string; readonly writes: readonly Write[] } {
  const { bmc, system, taken } = found
  const xname = `${bmc.value.xname}n${system.nodeOrdinal}`
  const known =
    read.bucket(nodes, 'bmc', bmc.key).find(({ value }) => value.redfishPath === system.path) ??
    read.unique(nodes, 'xname', [onlyTenant, xname])
  const row = nodeRow(read, { bmc, system, known, xname })
  return {
    xname: row.xname,
    writes: [
      put(nodes, row),
      put(nodePowers, { nodeId: row.id, powerState: shownPower(system.powerState), observedMs: BigInt(read.timeMs) }),
      ...recordInterfaces(read, { nodeId: row.id, system, taken }),
    ],
  }
}

function nodeRow(
  read: Evaluation,
  found: {
    readonly bmc: StoredBmc
    readonly system: SystemFacts
    readonly known: StoredNode | undefined
    readonly xname: string
  },
): RowOf<typeof nodes> {
  const { bmc, system, known, xname } = found
  const now = BigInt(read.timeMs)
  const before =
    known?.value ??
    create(NodeRowSchema, {
      id: read.newId('node'),
      tenant: onlyTenant,
      createdMs: now,
      xname,
      role: NodeRole.COMPUTE,
      arch: standardArch,
    })
  const uuid = system.uuid ?? ''
  const holder = uuid === '' ? undefined : read.unique(nodes, 'uuid', [onlyTenant, uuid])
  return {
    ...before,
    lastUpdatedMs: now,
    bmcId: bmc.key,
    redfishPath: system.path,
    resetTarget: system.reset?.target ?? '',
    resetTypes: [...(system.reset?.types ?? [])],
    // White boxes come with one UUID for several boards: it stays with the first.
    uuid: holder === undefined || holder.key === before.id ? uuid : before.uuid,
  }
}

function recordInterfaces(
  read: Evaluation,
  found: { readonly nodeId: string; readonly system: SystemFacts; readonly taken: Set<string> },
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
    if (mac === undefined || seen.has(mac) || taken.has(mac)) continue
    const holder = read.unique(interfaces, 'mac', [onlyTenant, mac])
    if (holder !== undefined && holder.value.nodeId !== nodeId) continue
    seen.add(mac)
    taken.add(mac)
    const before =
      present.get(mac)?.value ??
      create(EthernetInterfaceRowSchema, { id: read.newId('if'), tenant: onlyTenant, createdMs: now, mac, nodeId })
    const boot = mac === bootMac
    const bootReason = boot ? (system.bootNic?.reason.replaceAll('_', ' ') ?? '') : ''
    writes.push(
      put(interfaces, { ...before, name: name === '' ? before.name : name, boot, bootReason, lastUpdatedMs: now }),
    )
  }
  // An interface that discovery found once and that is no longer there was replaced; one that a person wrote stays.
  const gone = [...present.values()].filter(({ value }) => value.name !== '' && !seen.has(value.mac))
  return seen.size === 0 ? [] : [...writes, ...gone.map((stored) => remove(interfaces, stored))]
}
