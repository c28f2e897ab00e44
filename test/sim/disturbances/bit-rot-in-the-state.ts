import { endSoon, flipped, stateOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** A bit of one record of the state flips: a row, an outcome or the mark. */
export const bitRotInTheState: Disturbance = {
  name: 'bit rot in the state',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    const state = stateOf(strike.peer.disk)
    // Records of the history may be lost or shortened, and say so by themselves.
    const keys = state?.keys().filter((key) => !key.startsWith('c/') && !key.startsWith('r/note/')) ?? []
    if (state === undefined || keys.length === 0) return false
    const key = strike.dice.pick(keys)
    state.damage(key, flipped(state.get(key)!, strike.dice))
    endSoon(strike)
    return true
  },
}
