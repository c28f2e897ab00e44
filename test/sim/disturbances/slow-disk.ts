import type { Disturbance } from './disturbance.ts'

/** Writes take long, so that much is on its way at once. */
export const slowDisk: Disturbance = {
  name: 'slow disk',
  everyTicks: 400,
  strike: ({ peer, stage, dice }) => {
    peer.disk.slowness = dice.pick([10, 50, 200])
    stage.undoAfter(dice.exponential(6_000_000), () => {
      peer.disk.slowness = 1
    })
    return true
  },
}
