import { PowerState as ShownPower } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { PowerState } from '../../../redfish/facts.ts'

/** Power as Redfish shows it, in the words of the API. */
export function shownPower(power: PowerState): ShownPower {
  switch (power) {
    case 'on':
      return ShownPower.ON
    case 'off':
      return ShownPower.OFF
    case 'powering_on':
      return ShownPower.POWERING_ON
    case 'powering_off':
      return ShownPower.POWERING_OFF
    case 'unknown':
      return ShownPower.UNKNOWN
  }
}
