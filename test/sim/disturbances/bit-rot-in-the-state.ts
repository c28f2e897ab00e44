import { endSoon, flipped, stateOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/**
 * A bit of the state flips: of one record, a row, an outcome or the mark, or of LevelDB's own log, which then drops batches
 * in the middle and opens all the same.
 */
export const bitRotInTheState: Disturbance = {
  name: 'bit rot in the state',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    const state = stateOf(peer.disk)
    // Records of the history may be lost or shortened, and say so by themselves.
    const keys = state?.keys().filter((key) => !key.startsWith('c/') && !key.startsWith('r/note/')) ?? []
    if (state === undefined || keys.length === 0) return false
    const key = dice.pick(keys)
    const value = flipped(state.get(key)!, dice)
    if (state.batchCount >= 3 && dice.chance(0.4)) {
      // What it has in memory does not change: only who opens it again finds the hole.
      stage.crash(peer, 'process', dice.exponential(1_500_000))
      state.loseMiddle(dice.between(1, 20), dice.between(1, 5))
      return true
    }
    state.damage(key, value)
    endSoon(strike)
    return true
  },
}
