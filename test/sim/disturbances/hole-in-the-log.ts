import { logOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** LevelDB drops batches in the middle (a flipped bit or a zeroed page in its write-ahead log), and opens all the same. */
export const holeInTheLog: Disturbance = {
  name: 'hole in the log',
  everyTicks: 1,
  isDamage: true,
  isCurable: true,
  strike: (strike) => {
    const log = logOf(strike.peer.disk)
    if (log === undefined || log.batchCount < 3) return false
    strike.stage.crash(strike.peer, 'process', strike.dice.exponential(1_500_000))
    log.loseMiddle(strike.dice.between(1, 20), strike.dice.between(1, 5))
    return true
  },
}
