import type { Disturbance } from './disturbance.ts'
import { leaveBehind } from './leave-behind.ts'

/** A peer is away until the others have cut their logs beyond what it has: no log helps it any more. */
export const farBehind: Disturbance = {
  name: 'far behind',
  everyTicks: 600,
  strike: (strike) => leaveBehind(strike),
}
