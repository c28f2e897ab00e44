import { logPath } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** A file beside the log is gone, or the whole database of the log is. */
export const missingFile: Disturbance = {
  name: 'missing file',
  everyTicks: 1,
  isDamage: true,
  strike: (strike) => {
    const { disk } = strike.peer
    const paths = [...disk.files.keys(), logPath]
    strike.stage.crash(strike.peer, 'process', strike.dice.exponential(1_500_000))
    const path = strike.dice.pick(paths)
    disk.files.delete(path)
    disk.databases.delete(path)
    disk.directories.delete(path)
    return true
  },
}
