import { endSoon, flipped, logOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** A bit of one record of the log flips, in an entry or beside them; LevelDB gives it without a word. */
export const bitRotInTheLog: Disturbance = {
  name: 'bit rot in the log',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    const log = logOf(strike.peer.disk)
    if (log === undefined) return false
    const key = strike.dice.pick(log.keys())
    log.damage(key, flipped(log.get(key)!, strike.dice))
    endSoon(strike)
    return true
  },
}
