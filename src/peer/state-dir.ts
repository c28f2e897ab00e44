import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { nodeStateDirectories } from '../state/storage/node-state-directories.ts'
import { firstStateName } from '../state/storage/state-directories.ts'
import { catalog } from '../state/catalog.ts'
import { MemoryKeyValue } from '../state/storage/memory-key-value.ts'
import { openStateDirectory } from '../state/storage/open-state-directory.ts'
import type { OpenedState } from '../state/storage/open-state.ts'
import { openState } from '../state/storage/open-state.ts'
import * as boot from '../services/boot/tables.ts'
import * as discovery from '../services/discovery/tables.ts'
import * as inventory from '../services/inventory/tables.ts'
import * as operator from '../services/operator/tables.ts'
import * as power from '../services/power/tables.ts'
import * as session from '../services/session/tables.ts'
import type { DataDir } from './data-dir.ts'

/** All tables of this release. */
export const allTables = catalog([
  inventory.nodes,
  inventory.nodePowers,
  inventory.bmcs,
  inventory.bmcFacts,
  inventory.interfaces,
  inventory.groups,
  inventory.groupMembers,
  inventory.credentials,
  boot.bootConfigurations,
  boot.bootConfigurationRevisions,
  boot.runtimeConfigurations,
  boot.runtimeConfigurationRevisions,
  boot.templates,
  boot.templateRevisions,
  boot.nodeBindings,
  boot.nodeBoots,
  operator.peers,
  session.sessions,
  session.sessionTargets,
  power.powerTransitions,
  discovery.discoveries,
  discovery.discoveryTargets,
])

/**
 * Opens the state of this peer; makes it at the first start ever, with the incarnation that all peers agree on.
 * Throws DATA_DIRECTORY_LOCKED and DATA_FORMAT_UNKNOWN.
 */
export function openStateDir(dataDir: DataDir, clusterId: string): Promise<OpenedState> {
  const format = dataDir.isNew ? { incarnation: firstIncarnation(clusterId) } : undefined
  return openStateDirectory({ catalog: allTables, directory: dataDir.state, format })
}

/**
 * Puts an empty state in the place of one that cannot be believed. A log that was never cut makes it anew: it holds all
 * that was ever applied, and what applying it gives is the same on all peers. To one that was cut a snapshot has to come.
 * Whatever interrupts this, it is found again.
 */
export async function resetStateDir(dataDir: DataDir, clusterId: string): Promise<OpenedState> {
  await nodeStateDirectories(dataDir.path).setAside(basename(dataDir.state))
  const kept = dataDir.identity?.incarnation ?? ''
  const first = join(dataDir.path, firstStateName)
  const format = { incarnation: kept === '' ? firstIncarnation(clusterId) : kept }
  return openStateDirectory({ catalog: allTables, directory: first, format })
}

/** Stands for the state of a peer that must not open its own: it is empty, in memory, and never served. */
export async function emptyState(clusterId: string): Promise<Extract<OpenedState, { kind: 'open' }>> {
  const format = { incarnation: firstIncarnation(clusterId) }
  const opened = await openState({ keyValue: new MemoryKeyValue(), catalog: allTables, directory: '', format })
  if (opened.kind === 'damaged') throw new Error(`an empty state is damaged: ${opened.reason}`)
  return opened
}

/** That of a cluster that was never restored nor recovered: nobody has to be told it. */
export function firstIncarnation(clusterId: string): string {
  return createHash('sha256').update('trivet incarnation').update(clusterId).digest('hex').slice(0, 16)
}
