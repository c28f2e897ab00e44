import type { Disturbance } from './disturbance.ts'

/** Writes of one peer take long, or of all that share a storage, so that much is on its way at once. */
export const slowDisk: Disturbance = {
  name: 'slow disk',
  everyTicks: 400,
  strike: ({ peer, stage, dice }) => {
    const struck = dice.chance(0.3) ? stage.peers : [peer]
    const slowness = dice.pick([10, 50, 200, 2_000])
    for (const { disk } of struck) disk.slowness = slowness
    stage.undoAfter(dice.exponential(6_000_000), () => {
      for (const { disk } of struck) disk.slowness = 1
    })
    return true
  },
}
