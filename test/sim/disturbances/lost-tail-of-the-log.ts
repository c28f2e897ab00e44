import { witnessFile } from '../../../src/raft/store/tail-witness.ts'
import { logOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/**
 * LevelDB loses its last batches, synced as they were (a deleted or halved write-ahead log): what is left looks whole. The
 * tail witness has reached the disk by then. Were it lost with the power before anybody had looked, nobody could tell.
 */
export const lostTailOfTheLog: Disturbance = {
  name: 'lost tail of the log',
  everyTicks: 1,
  isDamage: true,
  isCurable: true,
  strike: (strike) => {
    const log = logOf(strike.peer.disk)
    if (log === undefined || log.batchCount === 0) return false
    // Only what is read again is found missing, so the process ends with it.
    strike.stage.crash(strike.peer, 'process', strike.dice.exponential(1_500_000))
    strike.peer.disk.files.get(`raft/${witnessFile}`)?.sync()
    log.loseTail(strike.dice.between(1, Math.max(1, Math.min(40, log.batchCount))))
    return true
  },
}
