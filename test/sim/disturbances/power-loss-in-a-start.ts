import { cutPowerInAWrite } from './cut-power.ts'
import type { Disturbance } from './disturbance.ts'

/** Those of a start, or a few more. */
const writesMax = 12

/** Power comes back and goes again: what the first loss left, torn or lost, is being mended when the second one comes. */
export const powerLossInAStart: Disturbance = {
  name: 'power loss in a start',
  everyTicks: 700,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    if (peer.disk.powerCutAfterWrites !== undefined) return false
    stage.crash(peer, 'power', 300_000 + dice.exponential(1_000_000))
    return cutPowerInAWrite(strike, writesMax, 1_000_000)
  },
}
