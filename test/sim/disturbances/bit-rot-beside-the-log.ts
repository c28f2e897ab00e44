import { endSoon } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** A bit of a file beside the log flips: a vote, the tail witness or the identity. */
export const bitRotBesideTheLog: Disturbance = {
  name: 'bit rot beside the log',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    const files = [...strike.peer.disk.files.values()]
    if (files.length === 0) return false
    strike.dice.pick(files).rot(strike.dice)
    endSoon(strike)
    return true
  },
}
