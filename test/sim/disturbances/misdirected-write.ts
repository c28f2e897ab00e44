import { endSoon } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** A record of the log is written whole to the place of another one. */
export const misdirectedWrite: Disturbance = {
  name: 'misdirected write',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    strike.peer.disk.misdirects = true
    strike.stage.mayDie.add(strike.peer)
    strike.stage.undoAfter(15_000_000, () => endSoon(strike))
    return true
  },
}
