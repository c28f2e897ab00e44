import { currentStateOf } from '../disk/sim-state-directories.ts'
import type { Disturbance } from './disturbance.ts'

/** The state is gone, and no log that was cut can bring it back: only a snapshot can. */
export const lostState: Disturbance = {
  name: 'lost state',
  everyTicks: 1,
  isDamage: true,
  isCurable: true,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    const name = currentStateOf(disk)
    if (name === undefined || !disk.databases.has(name)) return false
    stage.crash(peer, 'process', dice.exponential(1_500_000))
    disk.databases.delete(name)
    disk.directories.delete(name)
    return true
  },
}
