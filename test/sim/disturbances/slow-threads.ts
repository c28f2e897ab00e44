import { usualPacketDelayUs } from '../peer/sim-peer.ts'
import type { Disturbance } from './disturbance.ts'

/** What the threads of a process say to each other arrives late, as on a machine that is short of everything. */
export const slowThreads: Disturbance = {
  name: 'slow threads',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    peer.packetDelayMaxUs = dice.pick([5_000, 100_000, 2_000_000, 2_000_000])
    stage.undoAfter(dice.exponential(5_000_000), () => {
      peer.packetDelayMaxUs = usualPacketDelayUs
    })
    return true
  },
}
