import type { Disturbance } from './disturbance.ts'

/** Everything from and to a peer takes its time, up to that of an election. */
export const slowNetwork: Disturbance = {
  name: 'slow network',
  everyTicks: 250,
  strike: ({ peer, stage, dice }) => {
    const links = stage.linksOf(peer)
    const delayUs = dice.pick([5_000, 40_000, 200_000, 600_000])
    for (const link of links) link.faults.delayUs = delayUs
    stage.undoAfter(dice.exponential(3_000_000), () => {
      for (const link of links) link.faults.delayUs = 0
    })
    return links.length > 0
  },
}
