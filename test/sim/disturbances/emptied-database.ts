import { logOf, stateOf } from './damaged-disk.ts'
import type { Disturbance } from './disturbance.ts'

/** The database of the log or of the state is empty when it is opened again (a lost MANIFEST or CURRENT). */
export const emptiedDatabase: Disturbance = {
  name: 'emptied database',
  everyTicks: 1,
  isDamage: true,
  isCurable: true,
  strike: (strike) => {
    const { disk } = strike.peer
    const databases = [logOf(disk), stateOf(disk)].filter((database) => database !== undefined)
    if (databases.length === 0) return false
    strike.stage.crash(strike.peer, 'process', strike.dice.exponential(1_500_000))
    strike.dice.pick(databases).empty()
    return true
  },
}
