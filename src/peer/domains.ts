import { boot } from '../services/boot/service.ts'
import { change } from '../services/change/service.ts'
import { discoveryController } from '../services/discovery/controller.ts'
import { discoveryService } from '../services/discovery/service.ts'
import { evidence } from '../services/evidence/service.ts'
import { bmcTargets } from '../services/inventory/bmc-target.ts'
import { inventory } from '../services/inventory/service.ts'
import type { Controller } from '../services/kernel/controller.ts'
import type { DefinedService } from '../services/kernel/method.ts'
import type { Sealer } from '../services/kernel/seal.ts'
import { presence } from '../services/operator/presence.ts'
import type { PeerFacts } from '../services/operator/service.ts'
import { operator } from '../services/operator/service.ts'
import { powerService } from '../services/power/service.ts'
import { sessionController } from '../services/session/controller.ts'
import { sessionService } from '../services/session/service.ts'
import type { World } from './world.ts'

/** The services of the API listener. */
export function apiServices(facts: PeerFacts): readonly DefinedService[] {
  return [inventory, discoveryService, powerService, boot, sessionService, change, operator(facts)]
}

/** The services that only peers use, through the kernel. */
export const peerServices: readonly DefinedService[] = [evidence, presence]

/** What the leader does by itself. */
export function allControllers(
  world: World,
  site: { readonly sealer: Sealer; readonly bmcNetworks: readonly string[] },
): readonly Controller[] {
  const driver = world.bmcDriver(site.bmcNetworks)
  const targetOf = bmcTargets(site.sealer)
  const power = world.power({ driver, targetOf })
  return [discoveryController({ driver, targetOf }), sessionController({ power, conclude: world.conclude })]
}
