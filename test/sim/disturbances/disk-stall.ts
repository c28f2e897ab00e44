import type { Disturbance } from './disturbance.ts'

/** Longer than the process bears: it ends itself. */
const borneUs = 19_000_000

/** No write ends for a while. */
export const diskStall: Disturbance = {
  name: 'disk stall',
  everyTicks: 400,
  strike: ({ peer, stage, dice }) => {
    const durationUs = dice.logUniform(20_000, 26_000_000)
    peer.disk.stalledUntilUs = stage.timeline.nowUs + durationUs
    if (durationUs > borneUs) stage.mayDie.add(peer)
    stage.undoAfter(durationUs, () => {
      peer.disk.stalledUntilUs = 0
    })
    return true
  },
}
