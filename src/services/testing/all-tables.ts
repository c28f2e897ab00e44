import { catalog } from '../../state/catalog.ts'
import {
  bootConfigurationRevisions,
  bootConfigurations,
  nodeBindings,
  nodeBoots,
  runtimeConfigurationRevisions,
  runtimeConfigurations,
  templateRevisions,
  templates,
} from '../boot/tables.ts'
import { discoveries, discoveryTargets } from '../discovery/tables.ts'
import {
  bmcFacts,
  bmcs,
  credentials,
  groupMembers,
  groups,
  interfaces,
  nodePowers,
  nodes,
} from '../inventory/tables.ts'
import { peers } from '../operator/tables.ts'
import { powerTransitions } from '../power/tables.ts'
import { sessions, sessionTargets } from '../session/tables.ts'

/** The tables of all domains, for states in memory. */
export const allTables = catalog([
  nodes,
  nodePowers,
  bmcs,
  bmcFacts,
  interfaces,
  groups,
  groupMembers,
  credentials,
  bootConfigurations,
  bootConfigurationRevisions,
  runtimeConfigurations,
  runtimeConfigurationRevisions,
  templates,
  templateRevisions,
  nodeBindings,
  nodeBoots,
  discoveries,
  discoveryTargets,
  sessions,
  sessionTargets,
  powerTransitions,
  peers,
])
