import { arrivedSnapshotPath } from '../../../src/raft/store/disk.ts'
import { awaitSnapshot, type SentFrame } from './await-snapshot.ts'
import type { Disturbance } from './disturbance.ts'
import { leaveBehind } from './leave-behind.ts'

/** Writes between the arrival of a snapshot and the log that stands behind it, or a little more. */
const writesMax = 40

/** A peer that has got a snapshot loses power at one of the writes that install it, or is killed between them. */
export const crashWhileInstalling: Disturbance = {
  name: 'crash while installing',
  everyTicks: 600,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    const { disk } = peer
    if (!leaveBehind(strike)) return false
    const isTime = ({ from }: SentFrame) => from === peer.id && disk.files.has(arrivedSnapshotPath)
    const isKilled = dice.chance(0.3)
    const delayUs = isKilled ? dice.below(12_000) : 1
    const writes = dice.between(1, writesMax)
    const downUs = dice.exponential(1_500_000)
    awaitSnapshot(stage, { isTime, delayUs }, () => {
      if (isKilled) return stage.crash(peer, 'process', downUs)
      disk.powerCutAfterWrites = writes
      disk.onPowerCut = () => stage.crash(peer, 'power', downUs)
    })
    return true
  },
}
