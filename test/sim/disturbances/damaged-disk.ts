import type { SimDisk } from '../disk/sim-disk.ts'
import type { StoredDatabase } from '../disk/stored-database.ts'
import { currentStateOf } from '../disk/sim-state-directories.ts'
import type { Dice } from '../world/dice.ts'
import type { Strike } from './disturbance.ts'
import { copied } from '../disk/copied.ts'

/** Where the log's database stands on the disk of a peer. */
export const logPath = 'raft/log'

export function logOf(disk: SimDisk): StoredDatabase | undefined {
  return disk.databases.get(logPath)
}

export function stateOf(disk: SimDisk): StoredDatabase | undefined {
  return disk.databases.get(currentStateOf(disk) ?? '')
}

/** The value with one bit of it flipped. */
export function flipped(value: Uint8Array, dice: Dice): Uint8Array {
  const copy = copied(value)
  if (copy.length > 0) copy[dice.below(copy.length)]! ^= 1 << dice.below(8)
  return copy
}

/**
 * What is damaged is found when it is read: so the process ends, at once or some time later, and starts on it. Until
 * then it may go on with what it has in memory, and may end by itself when it reads.
 */
export function endSoon({ peer, stage, dice }: Strike): void {
  stage.mayDie.add(peer)
  const isAtOnce = dice.chance(0.5)
  const end = () => {
    stage.mayDie.add(peer)
    stage.crash(peer, dice.chance(0.5) ? 'process' : 'power', dice.exponential(1_500_000))
  }
  if (isAtOnce) end()
  else stage.undoAfter(dice.exponential(10_000_000), end)
}
