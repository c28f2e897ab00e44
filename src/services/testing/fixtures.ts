import { SessionOperation, SessionState, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import type { AnyTable, RowOf } from '../../state/table.ts'
import type { Fixture } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import {
  bootConfigurationRevisions,
  bootConfigurations,
  runtimeConfigurationRevisions,
  runtimeConfigurations,
  templateRevisions,
  templates,
} from '../boot/tables.ts'
import { bmcFacts, bmcs, groupMembers, groups, interfaces, nodes } from '../inventory/tables.ts'
import { peers } from '../operator/tables.ts'
import { sessions, sessionTargets } from '../session/tables.ts'

/** Some fields of a row. */
export type Fields<Of extends AnyTable> = Partial<Omit<RowOf<Of>, '$typeName' | '$unknown'>>

/**
 * Pieces of a site for `given`. A row's id is made of its name, so that a test reads like a story:
 * `bmc('x1000c0s0b0')` is `bmc-x1000c0s0b0`.
 */
export function bmc(
  xname: string,
  options: Fields<typeof bmcs> & { readonly profile?: string; readonly pin?: string } = {},
): Fixture {
  const { profile, pin, ...row } = options
  const facts = { bmcId: `bmc-${xname}`, profile: profile ?? '', tlsPin: pin ?? '' }
  return [
    put(bmcs, { id: `bmc-${xname}`, xname, address: `${xname}.example`, ...row }),
    ...(profile === undefined && pin === undefined ? [] : [put(bmcFacts, facts)]),
  ]
}

/** A node: behind the BMC that its xname names, if `path` says where; with these MAC addresses, the first one boots. */
export function node(
  xname: string,
  options: Fields<typeof nodes> & {
    readonly macs?: readonly string[]
    readonly path?: string
  } = {},
): Fixture {
  const { macs = [], path, ...row } = options
  const redfish =
    path === undefined
      ? {}
      : {
          bmcId: `bmc-${xname.replace(/n\d+$/, '')}`,
          redfishPath: path,
          resetTarget: `${path}/Actions/ComputerSystem.Reset`,
          resetTypes: ['On', 'ForceOff'],
        }
  return [
    put(nodes, { id: `node-${xname}`, xname, ...redfish, ...row }),
    macs.map((mac, index) =>
      put(interfaces, { id: `if-${mac}`, mac, nodeId: `node-${xname}`, boot: index === 0, name: `NIC.${index}` }),
    ),
  ]
}

/** A group with these nodes, which have to stand before it. */
export function group(name: string, members: readonly string[] = []): Fixture {
  return [
    put(groups, { id: `grp-${name}`, name }),
    members.map((xname) => put(groupMembers, { groupId: `grp-${name}`, nodeId: `node-${xname}` })),
  ]
}

/** A boot configuration with one revision. */
export function bootConfiguration(
  name: string,
  content: { readonly kernel?: string; readonly initrd?: string; readonly parameters?: string } = {},
): Fixture {
  return [
    put(bootConfigurations, { id: `bc-${name}`, name, newestRevision: 1 }),
    put(bootConfigurationRevisions, {
      configurationId: `bc-${name}`,
      revision: 1,
      kernel: 'http://files.example/vmlinuz',
      initrd: 'http://files.example/initrd.img',
      parameters: 'console=ttyS0',
      ...content,
    }),
  ]
}

/** A runtime configuration with one revision. */
export function runtimeConfiguration(
  name: string,
  content: {
    readonly userData?: string
    readonly vendorData?: string
    readonly networkConfig?: string
    readonly metaData?: Readonly<Record<string, string>>
  } = {},
): Fixture {
  const { metaData = {}, ...documents } = content
  return [
    put(runtimeConfigurations, { id: `rc-${name}`, name, newestRevision: 1 }),
    put(runtimeConfigurationRevisions, {
      configurationId: `rc-${name}`,
      revision: 1,
      metaData: { ...metaData },
      ...documents,
    }),
  ]
}

/** A template with one revision, which pins revision 1 of a boot and perhaps a runtime configuration. */
export function template(
  name: string,
  pins: { readonly boot?: string; readonly runtime?: string; readonly revisions?: number } = {},
): Fixture {
  const { boot = name, runtime, revisions = 1 } = pins
  return [
    put(templates, { id: `tpl-${name}`, name, newestRevision: revisions }),
    Array.from({ length: revisions }, (_, index) =>
      put(templateRevisions, {
        templateId: `tpl-${name}`,
        revision: index + 1,
        bootConfigurationId: `bc-${boot}`,
        bootConfigurationRevision: 1,
        ...(runtime !== undefined && { runtimeConfigurationId: `rc-${runtime}`, runtimeConfigurationRevision: 1 }),
      }),
    ),
  ]
}

/** A session over these nodes, all of them queued unless `steps` says otherwise. */
export function session(
  name: string,
  options: {
    readonly on: readonly string[]
    readonly template?: string
    readonly group?: string
    readonly steps?: Readonly<Record<string, Fields<typeof sessionTargets>>>
    readonly row?: Fields<typeof sessions>
  },
): Fixture {
  const { on, template: templateName = 'compute', group: groupName, steps = {}, row = {} } = options
  return [
    put(sessions, {
      id: `ses-${name}`,
      operation: SessionOperation.BOOT,
      sessionState: SessionState.RUNNING,
      templateId: `tpl-${templateName}`,
      templateRevision: 1,
      templateName,
      groupId: groupName === undefined ? '' : `grp-${groupName}`,
      groupName: groupName ?? '',
      total: on.length,
      powerTimeoutMs: 120_000,
      bootTimeoutMs: 900_000,
      retries: 2,
      ...row,
    }),
    on.map((xname) =>
      put(sessionTargets, {
        sessionId: `ses-${name}`,
        nodeId: `node-${xname}`,
        xname,
        step: TargetStep.QUEUED,
        ...steps[xname],
      }),
    ),
  ]
}

/** A peer that nodes reach at `http://127.0.0.<n>:7402`, or at `url`. */
export function peer(name: string, url: string): Fixture {
  return put(peers, { id: name, name, nodeUrl: url })
}

/** All that it takes to boot: template `compute` with its boot configuration. */
export const bootable: Fixture = [bootConfiguration('compute'), template('compute')]
