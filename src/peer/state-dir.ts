import { createHash } from 'node:crypto'
import { catalog } from '../state/catalog.ts'
import { LevelKeyValue } from '../state/storage/level-key-value.ts'
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

/** Opens the state of this peer; makes it at the first start ever, with the incarnation that all peers agree on. */
export async function openStateDir(dataDir: DataDir, clusterId: string): Promise<OpenedState> {
  const keyValue = await LevelKeyValue.open(dataDir.state, { create: dataDir.isNew })
  const incarnation = createHash('sha256').update('trivet incarnation').update(clusterId).digest('hex').slice(0, 16)
  return openState({
    keyValue,
    catalog: allTables,
    directory: dataDir.state,
    format: dataDir.isNew ? { incarnation } : undefined,
  })
}
