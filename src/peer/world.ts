import type { CompactionLimits, Member, ReadIndexAnswer } from '../raft/index.ts'
import { compactionLimits } from '../raft/index.ts'
import type { BmcDriver } from '../redfish/index.ts'
import { addressPolicy, redfishDriver } from '../redfish/index.ts'
import type { BmcTargetOf } from '../services/kernel/bmc-target.ts'
import type { PowerPort } from '../services/kernel/power-port.ts'
import { RedfishPower } from '../services/power/redfish-power.ts'
import type { Conclude } from '../services/power/rules/observation.ts'
import { conclude } from '../services/power/rules/observation.ts'
import type { Replica } from '../state/replica.ts'

/**
 * The ports of a peer that tests of the checks swap, each by one that is wrong in one way. The product has this one
 * world and no flag for another.
 */
export interface World {
  readonly bmcDriver: (bmcNetworks: readonly string[]) => BmcDriver
  readonly power: (ports: { readonly driver: BmcDriver; readonly targetOf: BmcTargetOf }) => PowerPort
  /** What an observation says about a command of unknown outcome. */
  readonly conclude: Conclude
  /** How a read is confirmed with the leader. */
  readonly readIndex: (member: Member, timeoutMs: number, replica: Replica) => Promise<ReadIndexAnswer>
  /** When the log is cut. */
  readonly compactionLimits: CompactionLimits
}

/** The real one. */
export const realWorld: World = {
  bmcDriver: (bmcNetworks) => redfishDriver({ policy: addressPolicy(bmcNetworks) }),
  power: (ports) => new RedfishPower(ports),
  conclude,
  readIndex: (member, timeoutMs) => member.readIndex(timeoutMs),
  compactionLimits,
}
