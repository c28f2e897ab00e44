import { amountOf, fieldOf, listOf, nameOf, textOf, uuidOf, type Document } from '../document.ts'
import type { SystemFacts } from '../facts.ts'
import { limits } from '../limits.ts'
import { chooseBootNic } from './boot-nic.ts'
import { bootOptionFacts } from './boot-option.ts'
import { interfaceFacts } from './interface.ts'
import { powerStateOf } from './power-state.ts'
import { resetFacts } from './reset.ts'
import { idOf, type Resource } from './resource.ts'

/** What was read about one system. */
export interface SystemResources {
  readonly system: Resource
  readonly interfaces: readonly Resource[]
  readonly bootOptions: readonly Resource[]
  readonly actionInfo: Document | undefined
}

/** What the caller knows about the node besides. */
export interface SystemContext {
  readonly nodeOrdinal: number | undefined
  readonly pinnedMac: string | undefined
  readonly observedMacs: ReadonlySet<string>
}

/** Maps one ComputerSystem with its interfaces, boot options and reset types. */
export function systemFacts(resources: SystemResources, context: SystemContext): SystemFacts {
  const { path, document } = resources.system
  const interfaces = resources.interfaces.map(interfaceFacts)
  const bootOptions = resources.bootOptions.map(bootOptionFacts)
  const bootOrder = bootOrderOf(document)
  const processorCount = amountOf(fieldOf(document, 'ProcessorSummary', 'Count'))
  const memoryGiB = amountOf(fieldOf(document, 'MemorySummary', 'TotalSystemMemoryGiB'))
  return {
    path,
    id: idOf(resources.system),
    nodeOrdinal: context.nodeOrdinal,
    systemType: textOf(document['SystemType']),
    manufacturer: nameOf(document['Manufacturer']),
    model: nameOf(document['Model']),
    serialNumber: nameOf(document['SerialNumber']),
    assetTag: nameOf(document['AssetTag']),
    uuid: uuidOf(document['UUID']),
    biosVersion: nameOf(document['BiosVersion']),
    powerState: powerStateOf(document['PowerState']),
    reset: resetFacts(path, document, resources.actionInfo),
    processorCount,
    processorModel: nameOf(fieldOf(document, 'ProcessorSummary', 'Model')),
    memoryGiB,
    inventoryIncomplete: fieldOf(document, 'Status', 'State') === 'Starting' || processorCount === 0 || memoryGiB === 0,
    interfaces,
    bootOrder,
    bootOptions,
    bootNic: chooseBootNic({
      interfaces,
      bootOrder,
      bootOptions,
      pinned: context.pinnedMac,
      observed: context.observedMacs,
    }),
  }
}

function bootOrderOf(document: Document): readonly string[] {
  return listOf(fieldOf(document, 'Boot', 'BootOrder'))
    .slice(0, limits.membersMax)
    .map((reference) => textOf(reference))
    .filter((reference) => reference !== undefined)
}
