import { cutPowerInAWrite } from './cut-power.ts'
import type { Disturbance } from './disturbance.ts'

/** The machine loses power in the middle of one of its next writes. */
export const powerLossInAWrite: Disturbance = {
  name: 'power loss in a write',
  everyTicks: 500,
  strike: (strike) => cutPowerInAWrite(strike, 6, 2_000_000),
}
