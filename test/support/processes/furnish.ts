import { BootService } from '../../../src/gen/trivet/boot/v1/boot_pb.ts'
import { DiscoveryService, RunState } from '../../../src/gen/trivet/discovery/v1/discovery_pb.ts'
import { InventoryService } from '../../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Makes the BMCs of the room known, with their credential. */
export async function importBmcs(site: Site): Promise<void> {
  const inventory = site.client(InventoryService)
  const { bmcs } = site.room.info
  await inventory.importBmcs({ bmcs: bmcs.map(({ xname, address }) => ({ xname, address })) })
  await inventory.setCredential({ pattern: '*', username: 'root', password: site.workspace.password })
}

/** Discovers the BMCs with these names, or all; resolves with the run when it has ended. */
export async function discover(site: Site, bmcs = '') {
  const discovery = site.client(DiscoveryService)
  const started = await discovery.startDiscovery({ bmcs })
  return until(
    'the discovery has ended',
    async () => {
      const run = await discovery.getDiscovery({ discovery: started.discovery?.id ?? '' })
      const state = run.discovery?.runState ?? RunState.UNSPECIFIED
      return state === RunState.PENDING || state === RunState.RUNNING ? undefined : run
    },
    { timeoutMs: 60_000 },
  )
}

/** All that a session needs: the nodes of the room, discovered, in a group, and a template to boot, all `compute`. */
export async function furnish(site: Site): Promise<void> {
  await importBmcs(site)
  const { discovery, targets } = await discover(site)
  if (discovery?.runState !== RunState.COMPLETED) {
    throw new Error(`the discovery has failed: ${targets.map(({ lastError }) => lastError).join('; ')}`)
  }
  const xnames = site.room.info.bmcs.flatMap((bmc) => bmc.nodes.map(({ xname }) => xname))
  await site.client(InventoryService).createGroup({ name: 'compute', nodes: xnames.join(',') })
  const boot = site.client(BootService)
  const image = site.room.info.images[0]!
  const urls = { kernel: image.kernel.url, initrd: image.initrd.url }
  await boot.createBootConfiguration({ name: 'compute', ...urls, parameters: 'console=ttyS0' })
  await boot.createRuntimeConfiguration({ name: 'compute', userData: '#cloud-config\n{}\n' })
  await boot.createTemplate({ name: 'compute', bootConfiguration: 'compute', runtimeConfiguration: 'compute' })
}
